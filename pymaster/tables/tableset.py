"""tableset - the tables of one process: opened once each, asked in order, watched for change.

A table that cannot be opened is one `error:` line and then fails at each use, so that mail waits until it is mended
(daemon_table_open_error_is_fatal = yes ends the program instead). `type:{...}` forms and lists come from main.cf(5).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Protocol

from pymaster.config.params.tables import TableParams
from pymaster.config.words import split_list
from pymaster.model.lookup import EmptyResult
from pymaster.tables import registry
from pymaster.tables.base import BaseTable, BrokenTable, Offload, Request, TableError
from pymaster.util import log
from pymaster.util.clock import SYSTEM
from pymaster.util.errors import Fatal

# Where a result becomes a file, a command, a transport or a user id: text of the key may not become part of it.
PLAIN_RESULTS = frozenset(
    {
        "address_verify_sender_dependent_default_transport_maps",
        "address_verify_sender_dependent_relayhost_maps",
        "address_verify_transport_maps",
        "alias_database",
        "alias_maps",
        "fallback_transport_maps",
        "mailbox_command_maps",
        "mailbox_transport_maps",
        "sender_dependent_default_transport_maps",
        "sender_dependent_relayhost_maps",
        "transport_maps",
        "virtual_gid_maps",
        "virtual_mailbox_maps",
        "virtual_uid_maps",
    }
)


class Config(Protocol):
    """The part of `config.snapshot.Snapshot` that tables need."""

    def __getitem__(self, cls: type[TableParams], /) -> TableParams: ...

    def text(self, name: str) -> str:
        """The expanded text of any parameter."""


# Seconds between two tries to open a changed table that cannot be opened.
RETRY = 1.0
# Puts a table as it is now in the place of one whose file changed (for this parameter).
Renew = Callable[[BaseTable, str], None]


class TableMaps:
    """The tables of one parameter in order; each key is tried in all of them."""

    __slots__ = ("__weakref__", "_renew", "tables", "title")

    def __init__(self, title: str, tables: list[BaseTable], renew: Renew | None = None) -> None:
        self.title, self.tables, self._renew = title, tables, renew

    def __bool__(self) -> bool:
        return bool(self.tables)

    def get(self, key: bytes, *, fixed_only: bool = False) -> bytes | None:
        """The first value found; raises LookupFailed, and EmptyResult when the first value found is empty."""
        if not key:
            return None
        if self._renew is not None:
            for table in self.tables:
                if table.changed():
                    self._renew(table, self.title)
        for table in self.tables:
            if fixed_only and not table.fixed:
                continue
            value = table.get(key)
            if value is not None:
                if not value:
                    self._empty(table, key)
                return value
        return None

    def _empty(self, table: BaseTable, key: bytes) -> None:
        text = key.decode("utf-8", "replace")
        log.warning(f"{self.title} lookup of {text} returns an empty string result")
        log.warning(f"{self.title} should return NO RESULT in case of NOT FOUND")
        raise EmptyResult(f"{table.name}: empty result")


class TableSet:
    """Every table that this process has open; `open` is the OpenMaps that rules are handed.

    `offload(find, key)` runs a lookup that may block in another thread and waits for it without stopping the hub; a
    program without a hub has none. `strict` raises TableError at opening, for commands. `renewing` is for processes that
    live long: a table whose file changed is opened anew at the next lookup; others ask `changed` and leave.
    """

    def __init__(
        self,
        snapshot: Config,
        *,
        offload: Offload | None = None,
        strict: bool = False,
        may_build: bool = True,
        renewing: bool = False,
    ) -> None:
        self._snapshot, self._offload, self._strict, self._may_build = snapshot, offload, strict, may_build
        self._renewing = renewing
        self._retired: list[BaseTable] = []
        self._stale: dict[tuple[str, bool], float] = {}
        self._maps: weakref.WeakSet[TableMaps] = weakref.WeakSet()
        self._params = snapshot[TableParams]
        self._tables: dict[tuple[str, bool], BaseTable] = {}

    def open(self, text: str, param: str) -> TableMaps:
        """The tables named in a parameter's text; raises TableError (strict) or Fatal when the configuration says so."""
        tables = []
        for spec in split_list(text):
            kind = spec.partition(":")[0]
            # An absent type behind proxy: is absent, too.
            if kind == "proxy":
                kind = spec.split(":", 2)[1] if spec.count(":") > 1 else kind
            if kind not in registry.ABSENT:
                tables.append(self.table(spec, param))
        maps = TableMaps(param, tables, self._renew if self._renewing else None)
        if self._renewing:
            self._maps.add(maps)
        return maps

    def _renew(self, old: BaseTable, param: str) -> None:
        """Open a changed table anew; the old one stays where this process cannot open the new one."""
        key = next((key for key, table in self._tables.items() if table is old), None)
        now = SYSTEM.monotonic()
        if key is None or now < self._stale.get(key, 0.0):
            return
        try:
            made = self._open(key[0], param)
        except TableError as exc:
            if key not in self._stale:
                log.warning(f"table {old.name} has changed, but: {exc}")
            self._stale[key] = now + RETRY
            return
        self._stale.pop(key, None)
        log.info(f"table {old.name} has changed -- opened anew")
        self._tables[key] = made
        for maps in self._maps:
            maps.tables = [made if table is old else table for table in maps.tables]
        # Another greenlet may be about to use the old one: it is closed with the next change.
        for table in self._retired:
            table.close()
        self._retired = [old]

    def table(self, spec: str, param: str) -> BaseTable:
        """One table, the same object for the same text; raises as `open` does."""
        plain = param in PLAIN_RESULTS
        found = self._tables.get((spec, plain))
        if found is None:
            found = self._tables[spec, plain] = self._open_or_break(spec, param)
        return found

    def _open_or_break(self, spec: str, param: str) -> BaseTable:
        try:
            return self._open(spec, param)
        except TableError as exc:
            if self._strict:
                raise
            if self._params.daemon_table_open_error_is_fatal:
                raise Fatal(str(exc)) from exc
            text = str(exc)
            if text.startswith("unsupported dictionary type"):
                log.warning(text)
            else:
                log.error(text)
            return BrokenTable(spec, text, getattr(exc, "path", ""))

    def _open(self, spec: str, param: str) -> BaseTable:
        kind, colon, rest = spec.partition(":")
        if not colon or not kind or not rest:
            raise TableError(f'open dictionary: expecting "type:name" form instead of "{spec}"')
        open_it = registry.opener(kind)
        if open_it is None:
            raise TableError(f"unsupported dictionary type: {kind}")
        request = Request(
            type=kind,
            rest=rest,
            param=param,
            open=lambda inner: self._open(inner, param),
            text=self._snapshot.text,
            plain_results=param in PLAIN_RESULTS,
            may_build=self._may_build,
            offload=self._offload,
        )
        return open_it(request)

    def changed(self) -> list[str]:
        """Names of the tables whose files are no longer what was opened; the process should be replaced."""
        return [table.name for table in self._tables.values() if table.changed()]

    def close(self) -> None:
        """Close every table."""
        for table in (*self._tables.values(), *self._retired):
            table.close()
        self._tables.clear()
