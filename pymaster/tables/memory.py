"""memory - tables that live in this process: texthash (the source file itself), inline (text of main.cf), internal.

texthash needs no postmap(1), which suits containers and read-only configurations. Source: DATABASE_README.
"""

from __future__ import annotations

from collections.abc import Iterator

from pymaster.config.words import split_assignment, split_list, strip_braces
from pymaster.tables.aliassource import alias_records
from pymaster.tables.base import BaseTable, Request, TableError, fold, open_source, read_source
from pymaster.tables.source import Record, map_records
from pymaster.util import log
from pymaster.util.errors import ConfigError


class MemoryTable(BaseTable):
    """A dictionary of folded keys."""

    def __init__(self, name: str, entries: dict[bytes, bytes]) -> None:
        super().__init__(name)
        self.entries = entries
        # One call less on the hot path: nothing but the dictionary stands behind a lookup.
        self._entry = entries.get

    def get(self, key: bytes) -> bytes | None:
        """The value of a key."""
        if self.folds:
            key = key.lower() if key.isascii() else fold(key)
        return self._entry(key)

    def find(self, key: bytes) -> bytes | None:
        return self._entry(key)

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Entries in the order they were written."""
        yield from self.entries.items()


def read_entries(data: bytes, path: str, *, alias: bool = False) -> dict[bytes, bytes]:
    """The entries of a source, keys folded; the first of several with the same key is kept. Warnings go to the log."""
    entries: dict[bytes, bytes] = {}
    records = alias_records(data, path, log.warning) if alias else map_records(data, path, log.warning, ignoring=True)
    for record in records:
        key = fold(record.key)
        if key in entries:
            log.warning(f'{path}, line {record.line}: duplicate entry: "{_text(record)}"')
        else:
            entries[key] = record.value
    return entries


def _text(record: Record) -> str:
    return fold(record.key).decode("utf-8", "replace")


def open_source_table(name: str, path: str, *, alias: bool = False) -> MemoryTable:
    """A table of a source file's entries that is watched for change; raises TableError."""
    watch = open_source(path, "open database")
    table = MemoryTable(name, read_entries(read_source(watch), path, alias=alias))
    table.watches.append(watch)
    return table


def open_texthash(request: Request) -> BaseTable:
    """texthash:/path."""
    return open_source_table(request.spec, request.rest)


def open_inline(request: Request) -> BaseTable:
    """inline:{key=value, {key = text with blanks}}; of equal keys the last one holds."""
    usage = f'"{request.spec}"; need "inline:{{name=value...}}"'
    rest = request.rest
    if not rest.startswith("{") or not rest.endswith("}"):
        raise TableError(f"bad syntax: {usage}")
    entries: dict[bytes, bytes] = {}
    try:
        for item in split_list(rest[1:-1]):
            key, value = split_assignment(strip_braces(item))
            entries[fold(key.encode("utf-8", "surrogateescape"))] = value.encode("utf-8", "surrogateescape")
    except ConfigError as exc:
        raise TableError(f"{exc}: {usage}") from exc
    if not entries:
        raise TableError(f"bad syntax: {usage}")
    return MemoryTable(request.spec, entries)


def open_internal(request: Request) -> BaseTable:
    """internal:name, an empty table that ends with the process."""
    return MemoryTable(request.spec, {})
