"""composite - tables made of tables: unionmap, pipemap, and `proxy:`. Source: DATABASE_README, proxymap(8).

`proxy:` needs no other process here, so it is another name for the table behind it; the list of approved tables is kept,
for an administrator relies on it to know what a service may read.
"""

from __future__ import annotations

from pymaster.config.words import split_list
from pymaster.tables import registry
from pymaster.tables.base import BaseTable, Request, TableError


class UnionTable(BaseTable):
    """The values of all tables that have the key, joined with commas; a failing table fails the lookup."""

    def __init__(self, name: str, tables: list[BaseTable]) -> None:
        super().__init__(name)
        self.tables = tables
        self.fixed = any(table.fixed for table in tables)
        self.blocking = any(table.blocking for table in tables)

    def get(self, key: bytes) -> bytes | None:
        """The joined values; each table folds for itself."""
        found = [value for table in self.tables if (value := table.get(key)) is not None]
        return b",".join(found) if found else None

    find = get

    def changed(self) -> bool:
        """Whether one of the tables changed."""
        return any(table.changed() for table in self.tables)

    def close(self) -> None:
        """Close all of them."""
        for table in self.tables:
            table.close()


class PipeTable(UnionTable):
    """Each table's value is the next one's key; the last value is the answer."""

    def __init__(self, name: str, tables: list[BaseTable]) -> None:
        super().__init__(name, tables)
        self.fixed = tables[0].fixed

    def get(self, key: bytes) -> bytes | None:
        """The last table's value; None as soon as one has none."""
        value: bytes | None = key
        for table in self.tables:
            if value is None:
                return None
            value = table.get(value)
        return value

    find = get


def _members(request: Request) -> list[BaseTable]:
    rest = request.rest
    specs = split_list(rest[1:-1]) if rest.startswith("{") and rest.endswith("}") else []
    if not specs or any(":" not in spec for spec in specs):
        raise TableError(f'bad syntax: "{request.spec}"; need "{request.type}:{{type:name...}}"')
    tables: list[BaseTable] = []
    try:
        for spec in specs:
            if spec.partition(":")[0] not in registry.ABSENT:
                tables.append(request.open(spec))
    except TableError:
        for table in tables:
            table.close()
        raise
    if not tables:
        raise TableError(f"{request.spec}: none of the tables exists here")
    return tables


def open_unionmap(request: Request) -> BaseTable:
    """unionmap:{type:name, type:name}."""
    return UnionTable(request.spec, _members(request))


def open_pipemap(request: Request) -> BaseTable:
    """pipemap:{type:name, type:name}."""
    return PipeTable(request.spec, _members(request))


def open_proxy(request: Request) -> BaseTable:
    """proxy:type:name, if proxy_read_maps lists it."""
    if request.spec not in split_list(request.text("proxy_read_maps")):
        raise TableError(
            f'request for unapproved table: "{request.rest}"; to approve this table for read-only access, '
            f"list {request.spec} in main.cf:proxy_read_maps"
        )
    table = request.open(request.rest)
    table.name = request.spec
    return table
