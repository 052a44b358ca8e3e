"""registry - every declared parameter by name, found without importing more topics than needed.

A name is looked for in the topics already imported, then in the others in the order below (those that defaults refer to
come first). So a program that uses three topics reads three or four files, and `postconf` reads them all.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from pymaster.config import params
from pymaster.config.param import Declaration, Params

PACKAGE = "pymaster.config.params"
FIRST = ("core", "process", "instance", "logging", "pymaster", "schedule", "tables", "rewriting", "routing")

_index: dict[str, Declaration] = {}
_seen: set[type[Params]] = set()
_waiting: list[str] = []
_listed = False


def add(cls: type[Params]) -> None:
    """Make a class's declarations findable (a class read through a snapshot adds itself)."""
    if cls not in _seen:
        _seen.add(cls)
        _index.update(cls.DECLARED)


def find(name: str) -> Declaration | None:
    """The declaration of a name, or None when no topic declares it."""
    found = _index.get(name)
    while found is None and _import_next():
        found = _index.get(name)
    return found


def everything() -> dict[str, Declaration]:
    """All declarations by name, sorted."""
    while _import_next():
        continue
    return dict(sorted(_index.items()))


def classes() -> list[type[Params]]:
    """All classes of the registry."""
    while _import_next():
        continue
    return sorted(_seen, key=lambda cls: (cls.__module__, cls.__qualname__))


def _import_next() -> bool:
    """Import one more topic; False when none is left."""
    global _listed
    if not _listed:
        _listed = True
        names = [info.name for info in pkgutil.iter_modules(params.__path__)]
        _waiting.extend(
            sorted(names, key=lambda name: (name not in FIRST, FIRST.index(name) if name in FIRST else 0, name))
        )
    if not _waiting:
        return False
    module = importlib.import_module(f"{PACKAGE}.{_waiting.pop(0)}")
    for cls in _classes_of(vars(module)):
        add(cls)
    return True


def _classes_of(names: dict[str, object]) -> Iterator[type[Params]]:
    for item in names.values():
        if isinstance(item, type) and issubclass(item, Params) and item is not Params:
            yield item
