"""maptool - what postmap(1) and postalias(1) have in common: make, change, list and ask lookup tables.

The two differ in the format of the source, in how a key is printed, and in a few options. Warnings and fatal texts are
Postfix's, for scripts and people know them. Exit status: 0 done or found, 1 not found or failed.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pymaster.commands.messagekeys import message_keys
from pymaster.config.params.cleanup import CleanupParams
from pymaster.config.params.tables import TableParams
from pymaster.config.snapshot import DEFAULT_DIRECTORY, Snapshot
from pymaster.tables import TableError, TableSet, registry
from pymaster.tables.base import BaseTable, fold
from pymaster.tables.source import is_utf8
from pymaster.util import log
from pymaster.util.errors import ConfigError, Fatal, LookupFailed
from pymaster.util.text import printable


@dataclass(slots=True, frozen=True)
class Tool:
    """One of the two commands. `options` are its letters, `valued` those that take a value."""

    name: str
    options: str
    usage: str
    alias: bool
    valued: str = "cdq"


@dataclass(slots=True)
class Command:
    """A command line, understood."""

    flags: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def has(self, flag: str) -> bool:
        """Whether an option was given."""
        return flag in self.flags


class Usage(Exception):
    """A command line that is none; the text is for standard error before the usage."""


def parse(tool: Tool, arguments: list[str]) -> Command:
    """A command line; raises Usage, Fatal."""
    command = Command()
    at = 0
    while at < len(arguments) and arguments[at].startswith("-") and arguments[at] != "-":
        word = arguments[at]
        at += 1
        if word == "--":
            break
        for position, flag in enumerate(word[1:], 1):
            if flag in tool.valued:
                value = word[position + 1 :]
                if not value:
                    if at == len(arguments):
                        raise Usage(f"option requires an argument -- '{flag}'")
                    value, at = arguments[at], at + 1
                command.values[flag] = value
                command.flags.add(flag)
                break
            if flag not in tool.options:
                raise Usage(f"invalid option -- '{flag}'")
            command.flags.add(flag)
    command.words = arguments[at:]
    if sum(command.has(flag) for flag in "sqd") > 1:
        raise Fatal("specify only one of -s -q or -d")
    if command.flags & set("bhm") and command.values.get("q") != "-":
        raise Fatal('specify -b -h or -m only with "-q -"')
    if not command.words:
        raise Usage("")
    return command


def main(tool: Tool, arguments: list[str] | None = None) -> int:
    """Run the command; the exit status."""
    log.setup(log.StderrSink(tool.name), tool.name)
    try:
        command = parse(tool, sys.argv[1:] if arguments is None else arguments)
        log.LOG.verbose = 1 if command.has("v") or os.environ.get("MAIL_VERBOSE") else 0
        directory = command.values.get("c") or os.environ.get("MAIL_CONFIG") or DEFAULT_DIRECTORY
        snapshot = Snapshot.load(directory, process_name=tool.name)
        status = _Job(tool, command, snapshot).run()
        sys.stdout.flush()
        return status
    except Usage as exc:
        if str(exc):
            sys.stderr.write(f"{tool.name}: {exc}\n")
        log.fatal(f"usage: {tool.usage}")
    except ConfigError as exc:
        # `open /etc/postfix/main.cf: ...` already says where.
        log.fatal(str(exc).removeprefix(f"{exc.where}: ") if ": open " in str(exc) else str(exc))
    except (Fatal, TableError) as exc:
        log.fatal(str(exc))
    except BrokenPipeError:
        # `postmap -s | head`: whoever reads has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 1


class _Job:
    """One run."""

    def __init__(self, tool: Tool, command: Command, snapshot: Snapshot) -> None:
        self.tool, self.command, self.snapshot = tool, command, snapshot
        self.has = command.has
        self.fold = not self.has("f")
        self.utf8 = snapshot[CleanupParams].smtputf8_enable and not self.has("u")
        # A message may hold anything; its lines are checked only on request.
        self.utf8_keys = self.utf8 and (self.has("U") or not command.flags & set("bh"))
        self.specs = [self._spec(word) for word in command.words]
        # What a person asks must not make files as a side effect of asking.
        self.tables = TableSet(snapshot, strict=True, may_build=False)

    def _spec(self, word: str) -> str:
        return word if ":" in word else f"{self.snapshot[TableParams].default_database_type}:{word}"

    def run(self) -> int:
        """Do what the options say; the exit status. Raises Fatal, TableError."""
        if self.has("s"):
            return self._list(self.specs[0])
        if self.has("q"):
            key = self.command.values["q"]
            return self._ask_all() if key == "-" else self._ask(os.fsencode(key))
        if self.has("d"):
            key = self.command.values["d"]
            return self._remove(_stdin_lines() if key == "-" else [os.fsencode(key)])
        return self._make()

    # asking

    def _open(self, spec: str) -> BaseTable:
        param = "alias_maps" if self.tool.alias else ""
        kind, _, path = spec.partition(":")
        # An indexed file is asked as it stands: `postmap -q` after `postmap` shows what the file holds.
        if kind in ("hash", "btree") and os.path.exists(f"{path}.lmdb"):
            spec = f"lmdb:{path}"
        table = self.tables.table(spec, param)
        table.folds = self.fold
        return table

    def _get(self, table: BaseTable, spec: str, key: bytes) -> bytes | None:
        """A value, checked and decoded as options say; raises Fatal."""
        if self.utf8_keys and not is_utf8(key):
            log.warning(f'{spec}: non-UTF-8 key "{printable(key, 100)}": malformed UTF-8 or invalid codepoint')
            return None
        try:
            value = table.get(key)
        except LookupFailed as exc:
            log.debug(str(exc))
            raise Fatal(f"table {spec}: query error: Application error") from exc
        if value is not None and not value:
            log.warning(f"table {spec}: key {printable(key, 100)}: empty string result is not allowed")
            log.warning(f"table {spec} should return NO RESULT in case of NOT FOUND")
        return value if value is None else self._decoded(spec, value)

    def _decoded(self, spec: str, value: bytes) -> bytes:
        if not self.has("F"):
            return value
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as exc:
            raise Fatal(f"table {spec}: malformed base64 value: {printable(value, 30)}") from exc

    def _ask(self, key: bytes) -> int:
        for spec in self.specs:
            value = self._get(self._open(spec), spec, key)
            if value is not None:
                _write(value + b"\n")
                return 0
        return 1

    def _ask_all(self) -> int:
        has = self.has
        if has("b") or has("h"):
            keys: Iterable[bytes] = message_keys(sys.stdin.buffer.read(), header=has("h"), body=has("b"), mime=has("m"))
        else:
            keys = _stdin_lines()
        tables: list[tuple[str, BaseTable]] = []
        found = False
        for key in keys:
            for at, spec in enumerate(self.specs):
                # A later table is opened only when an earlier one does not know a key.
                if at == len(tables):
                    tables.append((spec, self._open(spec)))
                value = self._get(tables[at][1], spec, key)
                if value is not None:
                    self._entry(key, value)
                    found = True
                    break
        return 0 if found else 1

    def _entry(self, key: bytes, value: bytes) -> None:
        _write(key + (b":\t" if self.tool.alias else b"\t") + value + b"\n")

    def _list(self, spec: str) -> int:
        found = False
        try:
            for key, value in self._open(spec).items():
                self._entry(key, self._decoded(spec, value))
                found = True
        except LookupFailed as exc:
            raise Fatal(f"table {spec}: {exc}") from exc
        return 0 if found or not self.tool.alias else 1

    # changing

    def _remove(self, keys: Iterable[bytes]) -> int:
        from pymaster.tables.indexed import remove

        keys = [fold(key) if self.fold else key for key in keys]
        found = False
        for spec in self.specs:
            kind, _, path = spec.partition(":")
            if kind not in registry.BUILDABLE:
                self._refuse_removal(spec, kind)
            for key in keys:
                try:
                    found = remove(path, key) or found
                except FileNotFoundError:
                    continue
                except OSError as exc:
                    raise Fatal(f"open database {path}.lmdb: {exc.strerror}") from exc
        return 0 if found else 1

    def _refuse_removal(self, spec: str, kind: str) -> None:
        if kind not in registry.TYPES:
            raise Fatal(f"unsupported dictionary type: {kind}")
        if kind in ("texthash", "regexp", "pcre", "cidr"):
            raise Fatal(f"{spec} map requires O_RDONLY access mode")
        raise Fatal(f"table {spec}: delete operation is not supported")

    def _make(self) -> int:
        from pymaster.tables import build

        duplicates = build.REPLACE if self.has("r") else build.IGNORE if self.has("w") else build.WARN
        options = build.Options(
            alias=self.tool.alias,
            fold=self.fold,
            duplicates=duplicates,
            nul=not self.has("n"),
            inherit_mode=not self.has("p"),
            files=self.has("F"),
            utf8=self.utf8,
            map_size=self.snapshot[TableParams].lmdb_map_size,
            host=self.snapshot.text("myhostname"),
        )
        for spec in self.specs:
            kind, _, path = spec.partition(":")
            if not path:
                raise Fatal(f'open dictionary: expecting "type:name" form instead of "{spec}"')
            if not self.has("i"):
                _check_source(path)
            if kind not in registry.BUILDABLE:
                known = kind in registry.TYPES
                raise Fatal(
                    f"unsupported dictionary type: {kind}" + (" does not support bulk-mode creation." if known else "")
                )
            with contextlib.nullcontext() if self.has("o") else owner_rights(path):
                if self.has("i"):
                    build.add(path, sys.stdin.buffer.read(), options)
                else:
                    build.build(path, options)
        return 0


def _check_source(path: str) -> None:
    try:
        os.stat(path)
    except OSError as exc:
        raise Fatal(f"open {path}: {exc.strerror}") from exc


@contextlib.contextmanager
def owner_rights(path: str) -> Iterator[None]:
    """As root, work with the rights of a source's owner: what a user wrote must not be read or written as root."""
    try:
        found = os.stat(path)
    except OSError:
        found = None
    if found is None or os.geteuid() != 0 or found.st_uid == 0:
        yield
        return
    groups, gid = os.getgroups(), os.getegid()
    os.setgroups([found.st_gid])
    os.setegid(found.st_gid)
    os.seteuid(found.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(gid)
        os.setgroups(groups)


def _stdin_lines() -> Iterator[bytes]:
    for line in sys.stdin.buffer:
        yield line.removesuffix(b"\n")


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
