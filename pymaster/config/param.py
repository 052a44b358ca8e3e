"""param - how a parameter is declared: once, with type, default, bounds and documentation.

    class QmgrParams(Params):
        queue_run_delay: float = duration("300s", min=1, doc="The time between deferred queue scans.")

The annotation is the type a reader of the snapshot gets; the declaration is what `postconf`, the manual and the checks
use. Defaults are text exactly as Postfix prints them (`$name` and conditionals unexpanded). Values are made by
`config.snapshot`; a class of the registry becomes one frozen object per process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

TEXT, RAW, INTEGER, BOOLEAN, DURATION = "text", "raw", "integer", "boolean", "duration"
# Seconds in each unit a duration may carry (postconf(5)).
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


@dataclass(slots=True)
class Declaration:
    """One parameter. `min` and `max` bound a number, a time in seconds, or the length of a text; max 0 is no bound.

    `unit` is the unit of a duration without one. `effect` is False for a name that is accepted and printed, but whose
    mechanism does not exist here. `attribute` is how Python spells a `name` that is no identifier.
    """

    kind: str
    default: str
    min: float = 0
    max: float = 0
    unit: str = "s"
    doc: str = ""
    effect: bool = True
    name: str = ""
    attribute: str = ""


def text(default: str = "", *, min: int = 0, max: int = 0, doc: str = "", effect: bool = True, name: str = "") -> Any:
    """A string; `$name` is expanded. `name` is for a parameter whose name is no identifier."""
    return Declaration(TEXT, default, min, max, doc=doc, effect=effect, name=name)


def raw(default: str = "", *, doc: str = "", effect: bool = True) -> Any:
    """A string whose `$name` is left alone: whoever uses it expands it with attributes of its own."""
    return Declaration(RAW, default, doc=doc, effect=effect)


def integer(default: str, *, min: int = 0, max: int = 0, doc: str = "", effect: bool = True) -> Any:
    """A whole number."""
    return Declaration(INTEGER, default, min, max, doc=doc, effect=effect)


def boolean(default: str, *, doc: str = "", effect: bool = True) -> Any:
    """`yes` or `no`."""
    return Declaration(BOOLEAN, default, doc=doc, effect=effect)


def duration(default: str, *, min: float = 0, max: float = 0, doc: str = "", effect: bool = True) -> Any:
    """A time, given as a number and a unit; the value is seconds as float.

    A value without a unit has the default's unit (Postfix's rule): `5d` makes a plain `7` seven days.
    """
    unit = default[-1:] if default[-1:] in UNITS else "s"
    return Declaration(DURATION, default, min, max, unit, doc, effect)


class Params:
    """Base of the registry's classes; an instance holds the values of one process and cannot be changed."""

    DECLARED: ClassVar[dict[str, Declaration]] = {}

    def __init_subclass__(cls) -> None:
        cls.DECLARED = {}
        for name, item in list(vars(cls).items()):
            if isinstance(item, Declaration):
                item.attribute, item.name = name, item.name or name
                cls.DECLARED[item.name] = item
                delattr(cls, name)

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name} is configuration: replace the process to change it")
