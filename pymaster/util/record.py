"""record - typed records that become msgpack arrays, for disk rows and IPC frames.

`@record(tag=N)` makes a slotted dataclass with `to_row()` and `from_row()`. A row is `[tag, field, ...]`: arrays pack
ten times faster than maps and carry no names. Fields are only ever appended, with defaults, and tags are never reused:
that is how an old row stays readable. Whatever comes from disk or a socket is hostile, so `from_row` checks every
field's type; a row that does not fit raises `BadRecord`.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, dataclass_transform

import msgpack

T = TypeVar("T")
MAX_FRAME = 1 << 20
REGISTRY: dict[int, type[Record]] = {}


class BadRecord(Exception):
    """Bytes that are no valid record: wrong type, wrong length, unknown tag."""


class Record:
    """Base of all records; the decorator fills in the methods."""

    __slots__ = ()
    TAG: ClassVar[int]

    def to_row(self) -> list[Any]:
        """The record as `[tag, field, ...]`, ready for msgpack."""
        raise NotImplementedError

    @classmethod
    def from_row(cls, row: list[Any]) -> typing.Self:
        """The record of a row made by `to_row`; raises BadRecord."""
        raise NotImplementedError

    def pack(self) -> bytes:
        """The record as msgpack bytes."""
        return typing.cast(bytes, msgpack.packb(self.to_row()))

    @classmethod
    def unpack(cls, data: bytes | memoryview) -> typing.Self:
        """The record packed in `data`; raises BadRecord."""
        return cls.from_row(load_row(data))


def _refuse_ext(code: int, data: bytes) -> Any:
    raise BadRecord(f"extension type {code}")


def load_row(data: bytes | memoryview) -> list[Any]:
    """One msgpack array from `data`, bounded and without extension types; raises BadRecord."""
    try:
        row = msgpack.unpackb(data, raw=False, strict_map_key=True, ext_hook=_refuse_ext)
    except BadRecord:
        raise
    except Exception as exc:
        # msgpack has no common base for its errors (ValueError, StackError, UnicodeDecodeError ...).
        raise BadRecord(type(exc).__name__) from exc
    if type(row) is not list or not row or type(row[0]) is not int:
        raise BadRecord("not a record")
    return row


def decode(row: list[Any]) -> Record:
    """The record of whatever type the row's tag names; raises BadRecord."""
    cls = REGISTRY.get(row[0])
    if cls is None:
        raise BadRecord(f"unknown tag {row[0]}")
    return cls.from_row(row)


# A field's converter: None means "exactly this type, taken as it is"; otherwise (to_row, from_row) callables.
_Pair = tuple[Callable[[Any], Any], Callable[[Any], Any]]


def _scalar(kind: type) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if type(value) is not kind:
            if kind is float and type(value) is int:
                return float(value)
            raise BadRecord(f"{type(value).__name__} where {kind.__name__} belongs")
        return value

    return check


def _same(value: Any) -> Any:
    return value


def _converters(hint: Any) -> _Pair:
    if hint in (int, float, str, bytes, bool):
        return _same, _scalar(hint)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType) and len(args) == 2 and type(None) in args:
        out, back = _converters(next(a for a in args if a is not type(None)))
        return (lambda v: None if v is None else out(v)), (lambda v: None if v is None else back(v))
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        out, back = _converters(args[0])
        return _tuple_out(out), _tuple_back(back)
    if origin is dict and args[0] is str:
        out, back = _converters(args[1])
        return (lambda v: {k: out(x) for k, x in v.items()}), _dict_back(back)
    if isinstance(hint, type) and issubclass(hint, Record):
        return (lambda v: v.to_row()), hint.from_row
    raise TypeError(f"a record field cannot be {hint!r}")


def _tuple_out(out: Callable[[Any], Any]) -> Callable[[Any], Any]:
    if out is _same:
        return _same  # msgpack writes a tuple as an array
    return lambda value: [out(v) for v in value]


def _tuple_back(back: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if type(value) is not list and type(value) is not tuple:
            raise BadRecord("not an array")
        return tuple([back(v) for v in value])

    return check


def _dict_back(back: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if type(value) is not dict or any(type(k) is not str for k in value):
            raise BadRecord("not a map of names")
        return {k: back(v) for k, v in value.items()}

    return check


@dataclass_transform()
def record(*, tag: int) -> Callable[[type[T]], type[T]]:
    """Class decorator: a slotted dataclass that is a Record with this tag."""

    def wrap(cls: type[T]) -> type[T]:
        made: Any = dataclasses.dataclass(slots=True)(cls)
        if tag in REGISTRY and REGISTRY[tag].__qualname__ != made.__qualname__:
            raise TypeError(f"record tag {tag} is taken by {REGISTRY[tag].__name__}")
        made.TAG = tag
        _compile(made, tag)
        REGISTRY[tag] = made
        return typing.cast("type[T]", made)

    return wrap


def _default_of(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return dataclasses.MISSING


def _compile(cls: Any, tag: int) -> None:
    """Write and compile `to_row` and `from_row` for this class, as dataclasses does for `__init__`."""
    hints = typing.get_type_hints(cls)
    fields = dataclasses.fields(cls)
    env: dict[str, Any] = {"BadRecord": BadRecord, "cls_": cls}
    outs, backs = [], []
    for field in fields:
        out, back = _converters(hints[field.name])
        env[f"out_{field.name}"], env[f"back_{field.name}"] = out, back
        outs.append(f"self.{field.name}" if out is _same else f"out_{field.name}(self.{field.name})")
        kind = hints[field.name]
        name = field.name
        fast = f"{name} if type({name}) is {kind.__name__} else " if kind in (int, float, str, bytes, bool) else ""
        backs.append(f"{fast}back_{name}({name})")
    env["defaults_"] = [_default_of(f) for f in fields]
    env["MISSING_"] = dataclasses.MISSING
    env["outs_"] = [env[f"out_{f.name}"] for f in fields]
    names = ", ".join(f.name for f in fields)
    source = f"""
def to_row(self):
    return [{tag}, {", ".join(outs)}]

def from_row(row):
    if type(row) is not list or not row or row[0] != {tag}:
        raise BadRecord("wrong tag")
    if len(row) != {len(fields) + 1}:
        row = fill_(row)
    _, {names}{"," if names else ""} = row
    return cls_({", ".join(backs)})

def fill_(row):
    if len(row) > {len(fields) + 1}:
        raise BadRecord("too many fields")
    given = len(row) - 1
    rest = defaults_[given:]
    if any(value is MISSING_ for value in rest):
        raise BadRecord("too few fields")
    return row + [out(value) for out, value in zip(outs_[given:], rest)]
"""
    exec(compile(source, f"<record {cls.__name__}>", "exec"), env)  # noqa: S102 - our own source, as dataclasses does
    cls.to_row = env["to_row"]
    cls.from_row = staticmethod(env["from_row"])
