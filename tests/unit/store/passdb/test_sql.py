import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.store.passdb.contract import Client
from pymaster.store.passdb.sql import Sql, bound, within
from pymaster.util.errors import ConfigError

CLIENT = Client("imap")
CONFIG = """\
driver = sqlite
connect = {path}
password_query = SELECT password, nologin, allow_nets FROM users WHERE name = '%n' AND domain = '%d'
user_query = SELECT home, uid, gid AS userdb_gid, '*:storage=1G' AS quota_rule FROM users
    WHERE name = %n AND domain = %d
"""


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Sql]:
    database = sqlite3.connect(tmp_path / "db")
    database.execute("CREATE TABLE users (name, domain, password, nologin, allow_nets, home, uid, gid)")
    rows = [
        ("bob", "v.example", "{PLAIN}pw", 0, None, "/vmail/bob", 500, 501),
        ("out", "v.example", "{PLAIN}pw", 1, None, None, None, None),
        ("two", "v.example", "{PLAIN}pw", 0, None, None, None, None),
        ("two", "v.example", "{PLAIN}pw", 0, None, None, None, None),
    ]
    database.executemany("INSERT INTO users VALUES (?,?,?,?,?,?,?,?)", rows)
    database.commit()
    database.close()

    def build(config: str = CONFIG, **options: Any) -> Sql:
        (tmp_path / "sql.cf").write_text(config.format(path=tmp_path / "db"))
        return Sql(str(tmp_path / "sql.cf"), **options)

    return build


def test_verify_lookup_secret(make: Callable[..., Sql]) -> None:
    sql = make()
    assert sql.verify("bob@v.example", b"pw", CLIENT).state == "ok"
    assert sql.verify("bob@v.example", b"px", CLIENT).state == "mismatch"
    assert sql.verify("bob@w.example", b"pw", CLIENT).state == "unknown"
    assert sql.verify("out@v.example", b"pw", CLIENT).state == "disabled"
    assert sql.verify("two@v.example", b"pw", CLIENT).state == "temp"
    assert sql.secret("bob@v.example", "PLAIN").secret == "pw"
    found = sql.lookup("bob@v.example")
    assert found.fields == {"home": "/vmail/bob", "uid": "500", "gid": "501", "quota_rule": "*:storage=1G"}
    assert sql.lookup("nobody").state == "unknown"


@pytest.mark.parametrize("user", ["' OR 1=1 --", "bob' --@v.example", "%u", "%n", "x'; DROP TABLE users; --", "bob\\"])
def test_what_a_client_says_is_no_sql(make: Callable[..., Sql], user: str) -> None:
    sql = make()
    assert sql.verify(user, b"pw", CLIENT).state == "unknown"
    assert sql.verify("bob@v.example", b"pw", CLIENT).state == "ok"


def test_a_database_that_is_away_and_back(make: Callable[..., Sql], tmp_path: Path) -> None:
    now = [0.0]
    sql = make(clock=lambda: now[0])
    (tmp_path / "db").rename(tmp_path / "away")
    assert sql.verify("bob@v.example", b"pw", CLIENT).state == "temp"
    (tmp_path / "away").rename(tmp_path / "db")
    assert sql.verify("bob@v.example", b"pw", CLIENT).state == "temp"
    now[0] = 2.0
    assert sql.verify("bob@v.example", b"pw", CLIENT).state == "ok"


@pytest.mark.parametrize(
    "config",
    [
        "driver = oracle\nconnect = x",
        "driver = sqlite",
        "connect = x\npassword_query = SELECT '%u@x'",
        "connect = x\nuser_query = SELECT %x",
        "connect = x\ntimeout = soon",
        "connect = x\ntimeout = 0",
        "driver = pgsql\nconnect = host=x port=y",
    ],
)
def test_mistakes(make: Callable[..., Sql], config: str) -> None:
    with pytest.raises(ConfigError):
        make(config)


def test_a_driver_that_is_not_installed(make: Callable[..., Sql], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match="driver pgsql is not installed"):
        make("driver = pgsql\nconnect = host=x")


@pytest.mark.parametrize(("driver", "module"), [("pgsql", "psycopg"), ("mysql", "pymysql")])
def test_other_drivers_get_parameters(make: Any, monkeypatch: pytest.MonkeyPatch, driver: str, module: str) -> None:
    seen: list[Any] = []

    class Cursor:
        description = (("password",),)

        def execute(self, query: str, parameters: list[str]) -> None:
            seen.append((query, parameters))

        def fetchmany(self, count: int) -> list[tuple[str]]:
            return [("{PLAIN}pw",)]

        def close(self) -> None:
            seen.append("closed")

    def connect(**words: Any) -> Any:
        seen.append(words)
        return SimpleNamespace(cursor=Cursor, close=lambda: None)

    errors = {name: getattr(sqlite3, name) for name in ("Error", "OperationalError", "InterfaceError")}
    made: Any = SimpleNamespace(connect=connect, Connection=type("Connection", (), {"connect": connect}), **errors)
    monkeypatch.setitem(sys.modules, module, made)
    sql = make(
        f"driver = {driver}\nconnect = host=h user=u password=p dbname=d\npassword_query = SELECT '100%' WHERE a = '%u'"
    )
    assert sql.verify("bob", b"pw", CLIENT).state == "ok"
    assert seen[0]["host"] == "h" and seen[0]["password"] == "p"
    assert seen[1] == ("SELECT '100%%' WHERE a = %s", ["bob"])


def test_a_file_put_in_the_place_of_the_old_one(make: Callable[..., Sql], tmp_path: Path) -> None:
    sql = make()
    assert sql.verify("bob@v.example", b"pw", CLIENT).state == "ok"
    database = sqlite3.connect(tmp_path / "new")
    database.execute("CREATE TABLE users (name, domain, password, nologin, allow_nets, home, uid, gid)")
    database.commit()
    database.close()
    (tmp_path / "new").rename(tmp_path / "db")
    assert sql.verify("bob@v.example", b"pw", CLIENT).state == "unknown"


def test_a_statement_that_fails_is_no_illness(make: Callable[..., Sql], monkeypatch: pytest.MonkeyPatch) -> None:
    sql = make()
    ask = sql._ask

    def fails(statement: str, parameters: list[str]) -> list[dict[str, Any]]:
        if parameters[0] == "odd":
            raise sqlite3.DataError("odd is no number")
        return ask(statement, parameters)

    monkeypatch.setattr(sql, "_ask", fails)
    assert sql.verify("odd", b"pw", CLIENT).state == "temp"
    assert sql.verify("bob@v.example", b"pw", CLIENT).state == "ok"


def test_waits_have_an_end() -> None:
    def steps() -> Any:
        assert (yield "read") == "ready"
        return 5

    made = within(steps(), time.monotonic() + 100)
    assert next(made) == "read"
    with pytest.raises(StopIteration) as end:
        made.send("ready")
    assert end.value.value == 5
    made = within(steps(), time.monotonic())
    next(made)
    with pytest.raises(TimeoutError):
        made.send("none")


def test_bound() -> None:
    assert bound("SELECT a WHERE x='%u' AND y=%n AND z LIKE 'q''%%'", "?") == (
        "SELECT a WHERE x=? AND y=? AND z LIKE 'q''%%'",
        "un",
    )
    assert bound("a %% b", "?") == ("a % b", "")


@given(st.text(alphabet="%undx'\" ?s{", max_size=30), st.sampled_from(["?", "%s"]))
def test_any_query_has_as_many_marks_as_variables(query: str, mark: str) -> None:
    try:
        _, order = bound(query, mark)
    except ConfigError:
        return
    assert set(order) <= set("und")
