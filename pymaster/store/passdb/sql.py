"""sql - users in SQLite, PostgreSQL or MySQL: `sql:PATH` names a file with `driver`, `connect` and two queries.

    driver = sqlite
    connect = /etc/mail/users.db
    password_query = SELECT password, allow_nets FROM users WHERE name = '%n' AND domain = '%d'
    user_query = SELECT home, uid, gid, quota_rule FROM users WHERE name = %n AND domain = %d

%u (user), %n (local part) and %d (domain) are bound parameters, with quotes round them or without; nothing that a client
said ever becomes text of a statement. Columns are fields by their names; `connect` is a path for SQLite, `name=value` words
(host, port, user, password, dbname) else. Drivers: sqlite is built in; pgsql wants psycopg, mysql wants pymysql.
"""

from __future__ import annotations

import importlib
import os
import re
import time
from collections.abc import Callable, Generator
from typing import Any

from pymaster.store.passdb import settings
from pymaster.store.passdb.ailing import Ailing, complaint, installed
from pymaster.store.passdb.contract import OK, TEMPORARY, UNKNOWN, Client, Found
from pymaster.store.passdb.passwdfile import check, judge, offer
from pymaster.util import log
from pymaster.util.errors import ConfigError

KNOWN = frozenset(("driver", "connect", "password_query", "user_query", "timeout"))
# `'%u'` and `%u`; `%%`; a quoted text (which may hold no variable).
_TOKEN = re.compile(r"'%([und])'|%([und%])|'((?:[^']|'')*)'|\"((?:[^\"]|\"\")*)\"")
_SECONDS = re.compile(r"[1-9][0-9]{0,2}")
_PORT = re.compile(r"[0-9]{1,5}")
AWAY = "the database does not answer"


def bound(query: str, mark: str) -> tuple[str, str]:
    """A query with its variables replaced by parameter marks, and the variables in order; raises ConfigError."""
    order: list[str] = []

    def token(found: re.Match[str]) -> str:
        letter = found[1] or found[2]
        if letter == "%":
            return "%%" if mark == "%s" else "%"
        if letter:
            order.append(letter)
            return mark
        if re.search("%[a-zA-Z]", found[0]):
            raise ConfigError(f"query: a variable inside a quoted text: {found[0]}")
        return found[0].replace("%", "%%") if mark == "%s" else found[0]

    made = _TOKEN.sub(token, query)
    left = re.search("%[a-zA-Z{]", made.replace("%s", "") if mark == "%s" else made)
    if left:
        raise ConfigError(f"query: unknown variable {left[0]}")
    return made, "".join(order)


class Sql:
    """One database."""

    needs_root = False

    def __init__(self, path: str, *, allow_weak: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises ConfigError for a bad file, or a driver that is not installed."""
        self.name, self._weak = f"sql:{path}", allow_weak
        found = settings.load(path, KNOWN)
        driver = found.get("driver", "sqlite")
        if driver not in _DRIVERS or "connect" not in found:
            raise ConfigError(f"unknown driver {driver}" if driver not in _DRIVERS else "connect is not set", path)
        self._open, mark, self._module = _DRIVERS[driver]
        if not _SECONDS.fullmatch(found.get("timeout", "5")):
            raise ConfigError("timeout is a number of seconds", path)
        self._timeout = int(found.get("timeout", "5"))
        self._connect = found["connect"]
        self._file = self._connect if driver == "sqlite" else ""
        self.files: tuple[str, ...] = (path, self._file) if self._file else (path,)
        port = _words(self._connect).get("port", "")
        if not self._file and port and not _PORT.fullmatch(port):
            raise ConfigError("port is a number", path)
        try:
            self._password = bound(found["password_query"], mark) if "password_query" in found else None
            self._user = bound(found["user_query"], mark) if "user_query" in found else None
        except ConfigError as exc:
            raise ConfigError(str(exc), path) from None
        if not installed(self._module):
            raise ConfigError(f"driver {driver} is not installed: {self._module}", path)
        self.modules: tuple[str, ...] = (self._module,)
        self.tells = self._user is not None
        self._connection: Any = None
        self._ailing = Ailing(clock)
        # SQLite's file when it was opened: one that was put in its place is opened anew.
        self._inode = (0, 0)
        # Like the stored passwords that were seen: an unknown user is checked against it.
        self._typical = ""

    def _rows(self, query: tuple[str, str], user: str) -> list[dict[str, Any]] | None:
        """At most two rows; None when the database cannot be asked. A connection that broke is made anew, once."""
        if not self._ailing.begin():
            return None
        driver: Any = importlib.import_module(self._module)
        if self._file and self._connection is not None and _inode(self._file) != self._inode:
            self._forget()
        name, _, domain = user.partition("@")
        values = {"u": user, "n": name, "d": domain}
        parameters = [values[letter] for letter in query[1]]
        while True:
            fresh = self._connection is None
            try:
                return self._ask(query[0], parameters)
            except (driver.OperationalError, driver.InterfaceError, OSError) as exc:
                alive = self._connection is not None and self._ailing.quick()
                self._forget()
                if alive and not fresh:
                    continue
                # Some drivers call it so, too, when a statement fails in a database that is well.
                if not alive:
                    self._ailing.ill()
                # No password is ever in the text: none is a parameter.
                log.warning(f"{self.name}: {complaint(exc)}")
                return None
            except driver.Error as exc:
                # The database is well and does not like the statement, or this user in it.
                log.warning(f"{self.name}: {complaint(exc)}")
                return None

    def _ask(self, statement: str, parameters: list[str]) -> list[dict[str, Any]]:
        """Raises what the driver does."""
        if self._connection is None:
            self._inode = _inode(self._file)
            self._connection = self._open(self._connect, self._timeout)
        cursor = self._connection.cursor()
        try:
            cursor.execute(statement, parameters)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchmany(2)]
        finally:
            cursor.close()

    def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except (importlib.import_module(self._module).Error, OSError):
                return  # it was broken already

    def _row(self, query: tuple[str, str] | None, user: str) -> dict[str, str] | Found:
        """The fields of the one row; NULL is a field that is not there."""
        if query is None:
            return Found(UNKNOWN)
        rows = self._rows(query, user)
        if rows is None:
            return Found(TEMPORARY, AWAY)
        if len(rows) > 1:
            log.warning(f"{self.name}: more than one row for {user}")
            return Found(TEMPORARY, "more than one row")
        if not rows:
            return Found(UNKNOWN, "unknown user")
        return {name: _text(value) for name, value in rows[0].items() if value is not None}

    def _stored(self, user: str) -> tuple[str, dict[str, str]] | Found:
        row = self._row(self._password, user)
        if isinstance(row, Found):
            return row
        stored = row.pop("password", "")
        # A column `nologin` that is false says nothing.
        if row.get("nologin", "") in ("", "0", "n", "N", "f", "false", "False", "no"):
            row.pop("nologin", None)
        self._typical = stored or self._typical
        return stored, row

    def verify(self, user: str, password: bytes, client: Client) -> Found:
        """Whether the password is right."""
        found = self._stored(user)
        if isinstance(found, Found):
            if found.state == UNKNOWN and self._typical:
                check(password, self._typical, self._weak)
            return found
        return judge(password, found[0], found[1], self._weak)

    def secret(self, user: str, scheme: str, salt: bytes = b"") -> Found:
        """The secret in a form."""
        found = self._stored(user)
        return found if isinstance(found, Found) else offer(found[0], found[1], scheme, salt)

    def lookup(self, user: str) -> Found:
        """The fields of user_query."""
        row = self._row(self._user, user)
        if isinstance(row, Found):
            return row
        return Found(OK, fields={name.removeprefix("userdb_"): value for name, value in row.items()})


def _text(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def _words(text: str) -> dict[str, str]:
    return dict([word.split("=", 1) for word in text.split(" ") if "=" in word])


def _inode(path: str) -> tuple[int, int]:
    """What tells a file from another that was put in its place."""
    try:
        found = os.stat(path) if path else None
    except OSError:
        return 0, 0
    return (found.st_dev, found.st_ino) if found else (0, 0)


def _sqlite(connect: str, timeout: int) -> Any:
    import sqlite3
    from urllib.parse import quote

    # Read-only: a mistyped path is an error and no new database.
    return sqlite3.connect(f"file:{quote(connect)}?mode=ro", uri=True, timeout=timeout)


def _pgsql(connect: str, timeout: int) -> Any:
    psycopg: Any = importlib.import_module("psycopg")

    class Bounded(psycopg.Connection):  # type: ignore[misc]
        """statement_timeout is the server's, which may hang: this one is ours."""

        def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
            return super().wait(within(gen, time.monotonic() + timeout), *args, **options)

    words = {"connect_timeout": str(timeout), "options": f"-c statement_timeout={timeout * 1000}", **_words(connect)}
    # Not prepared: a connection pooler (pgbouncer) may give each statement another connection.
    return Bounded.connect(autocommit=True, prepare_threshold=None, **words)


def within(steps: Generator[Any, Any, Any], until: float) -> Generator[Any, Any, Any]:
    """The generator of a wait of psycopg's, which it asks again at least each tenth of a second; raises TimeoutError in it
    after `until` (time.monotonic)."""
    try:
        wish = next(steps)
        while True:
            ready = yield wish
            if time.monotonic() >= until:
                raise TimeoutError("no answer in time")
            wish = steps.send(ready)
    except StopIteration as end:
        return end.value
    finally:
        steps.close()


def _mysql(connect: str, timeout: int) -> Any:
    pymysql: Any = importlib.import_module("pymysql")
    words = _words(connect)
    host = words.get("host", "localhost")
    return pymysql.connect(
        host=host,
        unix_socket=host if host.startswith("/") else None,
        port=int(words.get("port", "3306")),
        user=words.get("user"),
        password=words.get("password", ""),
        database=words.get("dbname"),
        connect_timeout=timeout,
        read_timeout=timeout,
        write_timeout=timeout,
        autocommit=True,
    )


# Name -> how to connect, the parameter mark, the module.
_DRIVERS: dict[str, tuple[Callable[[str, int], Any], str, str]] = {
    "sqlite": (_sqlite, "?", "sqlite3"),
    "pgsql": (_pgsql, "%s", "psycopg"),
    "mysql": (_mysql, "%s", "pymysql"),
}
