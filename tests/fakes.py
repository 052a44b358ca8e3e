"""Lookup tables for tests: `OpenMaps` over dictionaries, without files."""

import re
from collections.abc import Callable

from pymaster.model.lookup import Maps
from pymaster.util.errors import LookupFailed


class DictMaps:
    """Maps over one dictionary; `fail` makes every lookup raise LookupFailed."""

    fixed = True

    def __init__(self, items: dict[bytes, bytes], *, fail: bool = False, present: bool = True) -> None:
        self.items, self.fail, self.present = items, fail, present
        self.asked: list[bytes] = []

    def __bool__(self) -> bool:
        return self.present

    def get(self, key: bytes, *, fixed_only: bool = False) -> bytes | None:
        self.asked.append(key)
        if self.fail:
            raise LookupFailed("table")
        return self.items.get(key.lower())


def open_dicts(**tables: dict[str, str] | None) -> Callable[[str, str], Maps]:
    """An OpenMaps: by parameter name or by the spec `test:NAME`; a table that is None fails."""

    def open_maps(spec: str, param: str) -> Maps:
        name = spec.removeprefix("test:") if spec.startswith("test:") else param
        if name not in tables or not spec:
            return DictMaps({}, present=False)
        table = tables[name]
        if table is None:
            return DictMaps({}, fail=True)
        return DictMaps({k.encode(): v.encode() for k, v in table.items()})

    return open_maps


class PatternMaps:
    """Maps over ordered keys: `/pattern/` is a regular expression, anything else a literal key; `!fail` fails."""

    def __init__(self, items: list[tuple[str, str]]) -> None:
        self.literal = {k.encode(): v.encode() for k, v in items if not k.startswith("/")}
        self.patterns = [(re.compile(k[1:-1].encode(), re.I | re.S), v.encode()) for k, v in items if k.startswith("/")]

    def __bool__(self) -> bool:
        return bool(self.literal or self.patterns)

    def get(self, key: bytes, *, fixed_only: bool = False) -> bytes | None:
        if b"!fail" in self.literal:
            raise LookupFailed("test table")
        found = self.literal.get(key.lower())
        if found is None and not fixed_only:
            found = next((value for pattern, value in self.patterns if pattern.search(key)), None)
        return found


def open_patterns(tables: dict[str, list[tuple[str, str]]]) -> Callable[[str, str], Maps]:
    """An OpenMaps: `test:NAME` is a table of this name; everything else is empty."""
    return lambda spec, param: PatternMaps(tables.get(spec.removeprefix("test:"), []))
