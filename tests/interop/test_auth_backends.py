"""authd's back ends against a real slapd, PostgreSQL, MariaDB and SQLite: right, wrong, hostile, down, and silent."""

import base64
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import SECRET, Database, Directory, Maria, Postgres
from harness import free_port

from pymaster.store.passdb import schemes
from pymaster.store.passdb.contract import Client
from pymaster.store.passdb.ldap import Ldap
from pymaster.store.passdb.sql import Sql
from pymaster.util import log
from tests.certs import certificate

pytest.importorskip("ldap3")
CLIENT = Client("imap", "192.0.2.1")
PERSON = """\
dn: {dn}
objectClass: inetOrgPerson
objectClass: posixAccount
cn: {uid}
sn: {uid}
uid: {uid}
mail: {mail}
uidNumber: 4242
gidNumber: 4243
homeDirectory: /home/{uid}
{more}
"""


def person(uid: str, stored: str = "", dn: str = "", mail: str = "x@v.example") -> str:
    more = f"userPassword: {stored}\n" if stored else ""
    return PERSON.format(dn=dn or f"uid={uid},ou=people,dc=test", uid=uid, mail=mail, more=more)


# A name that needs every kind of quoting, and how a distinguished name has it (RFC 4514).
ODD, ODD_DN = 'Odd, "Jr." + K\u00f6nig', "Odd\\, \\22Jr.\\22 \\+ K\\C3\\B6nig"
HOSTILE = [
    "*", "a*", "alice)(uid=*", "*)(uid=*))(|(uid=*", "alice)(|(objectClass=*)", "\\2a", "alice\\", "(", ")", "&", "alice\u0000",
    "' OR '1'='1", "' OR 1=1 -- ", "alice' -- ", "'; DROP TABLE users; -- ", "alice\\' OR 1=1 -- ", '" OR ""="', "%u", "%n", "%s",
    "%(u)s", "$1", ":1", "?", "{0}", "alice;", "alice/*", "\u00bf' OR 1=1 -- ", "\u0bf5\u5c27 OR 1=1 #", "a" * 255,
]  # fmt: skip


@pytest.fixture(autouse=True)
def said() -> Iterator[Callable[[], str]]:
    """What was logged."""
    sink, log.LOG.sink = log.LOG.sink, log.MemorySink()
    yield lambda: log.LOG.sink.text  # type: ignore[attr-defined, no-any-return]
    log.LOG.sink = sink


# LDAP.


@pytest.fixture(scope="module")
def directory() -> Iterator[Directory]:
    people = [
        person("alice", schemes.make("SSHA", b"wonder land"), mail="alice@v.example"),
        person("bob", schemes.make("SHA512-CRYPT", b"builder")),
        person("scram", schemes.make("SCRAM-SHA-256", b"secret")),
        person("empty"),
        person(
            "odd", schemes.make("SSHA", "pass\u00a0w\u00f6rt".encode()), dn=f"cn={ODD_DN},ou=people,dc=test"
        ).replace("cn: odd", f"cn:: {base64.b64encode(ODD.encode()).decode()}"),
    ]
    with Directory("".join(people)) as server:
        yield server


@pytest.fixture
def ldap(directory: Directory, tmp_path: Path) -> Callable[..., Ldap]:
    def build(**more: str) -> Ldap:
        found = {
            "uris": f"ldap://127.0.0.1:{directory.port}",
            "base": "ou=people,dc=test",
            "user_filter": "(&(objectClass=posixAccount)(uid=%n))",
            "bind_dn": "cn=mail,dc=test",
            "bind_password": SECRET,
            "user_attributes": "homeDirectory=home, uidNumber=uid, gidNumber=gid",
            "timeout": "2",
        } | more
        (tmp_path / "ldap.cf").write_text("".join(f"{name} = {value}\n" for name, value in found.items()))
        return Ldap(str(tmp_path / "ldap.cf"))

    return build


def test_ldap_by_bind(ldap: Callable[..., Ldap]) -> None:
    back = ldap()
    assert back.verify("alice", b"wonder land", CLIENT).state == "ok"
    assert back.verify("alice@v.example", b"wonder land", CLIENT).state == "ok"
    assert back.verify("alice", b"wonder", CLIENT).state == "mismatch"
    assert back.verify("alice", b"", CLIENT).state == "mismatch"
    assert back.verify("alice", b"\xff\xfe", CLIENT).state == "mismatch"
    assert back.verify("alice", b"\xe2\x80\xae\x7f\x01", CLIENT).state == "mismatch"
    assert back.verify("empty", b"x", CLIENT).state == "mismatch"
    assert back.verify("nobody", b"x", CLIENT).state == "unknown"
    assert back.verify("odd", "pass\u00a0w\u00f6rt".encode(), CLIENT).state == "ok"
    assert back.verify("odd", b"x", CLIENT).state == "mismatch"
    assert back.lookup("alice").fields == {"home": "/home/alice", "uid": "4242", "gid": "4243"}
    assert back.lookup("nobody").state == "unknown"


def test_ldap_by_hash(ldap: Callable[..., Ldap]) -> None:
    back = ldap(auth="lookup", user_filter="(|(uid=%u)(mail=%u))")
    assert back.verify("alice@v.example", b"wonder land", CLIENT).state == "ok"
    assert back.verify("alice", b"wonder", CLIENT).state == "mismatch"
    assert back.verify("bob", b"builder", CLIENT).state == "ok"
    assert back.verify("empty", b"x", CLIENT).state == "mismatch"
    assert back.secret("scram", "SCRAM-SHA-256").secret.startswith("4096,")
    assert back.secret("bob", "SCRAM-SHA-256").state == "mismatch"
    # Two people with one address.
    assert back.verify("x@v.example", b"builder", CLIENT).state == "temp"


@pytest.mark.parametrize("auth", ["bind", "lookup"])
def test_ldap_takes_no_filter_from_a_client(ldap: Callable[..., Ldap], auth: str) -> None:
    back = ldap(auth=auth)
    for name in HOSTILE:
        for user in (name, f"{name}@v.example"):
            if not user.startswith("@"):
                assert back.verify(user, b"wonder land", CLIENT).state == "unknown", user
                assert back.lookup(user).state == "unknown", user


def test_ldap_over_tls(ldap: Callable[..., Ldap], directory: Directory, said: Callable[[], str]) -> None:
    authority = f"{certificate('localhost')}.crt"
    secure, plain = f"ldaps://localhost:{directory.tls}", f"ldap://localhost:{directory.port}"
    assert ldap(uris=secure, tls_ca_file=authority).verify("alice", b"wonder land", CLIENT).state == "ok"
    assert ldap(uris=secure, tls_ca_file=authority).verify("alice", b"wonder", CLIENT).state == "mismatch"
    started = ldap(uris=plain, tls_ca_file=authority, starttls="yes")
    assert started.verify("alice", b"wonder land", CLIENT).state == "ok"
    assert started._search.tls_started
    # The address is in the certificate, too.
    byaddress = ldap(uris=f"ldaps://127.0.0.1:{directory.tls}", tls_ca_file=authority)
    assert byaddress.verify("alice", b"wonder land", CLIENT).state == "ok"
    byaddress = ldap(uris=f"ldaps://127.0.0.2:{directory.tls}", tls_ca_file=authority)
    assert byaddress.verify("alice", b"wonder land", CLIENT).state == "temp"
    other = f"{certificate()}.crt"
    for words in ({"uris": secure}, {"uris": plain, "starttls": "yes"}):
        for more in ({}, {"tls_ca_file": other}):
            assert ldap(**words, **more).verify("alice", b"wonder land", CLIENT).state == "temp"
    assert re.search("certificate verify failed", said(), re.IGNORECASE)
    assert SECRET not in said() and "wonder" not in said()


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"bind_password": "wrong"}, "invalidCredentials"),
        ({"base": "ou=nowhere,dc=test"}, "noSuchObject"),
        ({"bind_dn": "", "bind_password": "", "base": "dc=elsewhere"}, "noSuchObject"),
        ({"user_filter": "(uid=%n"}, "search"),
    ],
)
def test_ldap_that_is_misconfigured_knows_nobody_and_says_why(
    ldap: Callable[..., Ldap], said: Callable[[], str], more: dict[str, str], text: str
) -> None:
    assert ldap(**more).verify("alice", b"wonder land", CLIENT).state == "temp"
    assert text in said()
    assert SECRET not in said()


def test_ldap_goes_and_comes_back(ldap: Callable[..., Ldap], directory: Directory) -> None:
    dead = f"ldap://127.0.0.1:{free_port()}"
    back = ldap(uris=f"{dead} ldap://127.0.0.1:{directory.port}")
    assert back.verify("alice", b"wonder land", CLIENT).state == "ok"
    directory.stop()
    assert back.verify("alice", b"wonder land", CLIENT).state == "temp"
    directory.start()
    again(back, b"wonder land")
    # A server that was started anew has closed our connection, and nobody notices.
    directory.stop()
    directory.start()
    assert back.verify("alice", b"wonder land", CLIENT).state == "ok"


@pytest.mark.parametrize("auth", ["bind", "lookup"])
def test_ldap_that_hangs(ldap: Callable[..., Ldap], directory: Directory, auth: str) -> None:
    back = ldap(auth=auth, timeout="1")
    assert back.verify("alice", b"wonder land", CLIENT).state == "ok"
    hangs(back, directory)
    again(back, b"wonder land")


def hangs(back: Any, server: Any) -> None:
    """It is waited for no longer than its timeout says, and then for a while not at all."""
    server.pause()
    try:
        began = time.monotonic()
        assert back.verify("alice", b"wonder land", CLIENT).state == "temp"
        assert time.monotonic() - began < 3.5
        began = time.monotonic()
        assert back.verify("alice", b"wonder land", CLIENT).state == "temp"
        assert time.monotonic() - began < 0.2
    finally:
        server.resume()


def again(back: Any, password: bytes) -> None:
    """After a while it is asked again."""
    deadline = time.monotonic() + 10
    while (state := back.verify("alice", password, CLIENT).state) == "temp" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert state == "ok"


# SQL.

TABLE = """\
CREATE TABLE users (name VARCHAR(200), number INTEGER, password VARCHAR(300), nologin {boolean}, home VARCHAR(200), uid INTEGER,
    gid INTEGER, quota_rule VARCHAR(50));
INSERT INTO users VALUES ('alice', 1, '{ssha}', {no}, '/home/alice', 4242, 4243, NULL);
INSERT INTO users VALUES ('shut', 2, '{{PLAIN}}wonder land', {yes}, NULL, NULL, NULL, NULL);
INSERT INTO users VALUES ('scram', 3, '{scram}', NULL, NULL, NULL, NULL, '*:storage=1G');
INSERT INTO users VALUES ('twice', 4, '{{PLAIN}}a', {no}, NULL, NULL, NULL, NULL);
INSERT INTO users VALUES ('twice', 5, '{{PLAIN}}b', {no}, NULL, NULL, NULL, NULL);
INSERT INTO users VALUES ('empty', 6, NULL, {no}, NULL, NULL, NULL, NULL);
"""


def table(boolean: str, no: str, yes: str) -> str:
    ssha, scram = schemes.make("SSHA256", b"wonder land"), schemes.make("SCRAM-SHA-256", b"secret")
    return TABLE.format(boolean=boolean, no=no, yes=yes, ssha=ssha, scram=scram)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    pytest.importorskip("psycopg")
    with Postgres() as server:
        server.load(table("BOOLEAN", "false", "true") + "GRANT ALL ON users TO mail;")
        yield server


@pytest.fixture(scope="module")
def maria() -> Iterator[Maria]:
    pytest.importorskip("pymysql")
    with Maria() as server:
        server.load(table("BOOLEAN", "false", "true"))
        yield server


Make = Callable[..., Sql]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A back end of a driver, with a connection and queries."""

    def build(driver: str, connect: str, **more: str) -> Sql:
        found = {
            "driver": driver,
            "connect": connect,
            "password_query": "SELECT password, nologin FROM users WHERE name = '%n'",
            "user_query": "SELECT home, uid, gid, quota_rule FROM users WHERE name = %n",
            "timeout": "2",
        } | more
        (tmp_path / "sql.cf").write_text("".join(f"{name} = {value}\n" for name, value in found.items()))
        return Sql(str(tmp_path / "sql.cf"))

    return build


@pytest.fixture(params=["sqlite", "postgres", "maria"])
def sql(request: pytest.FixtureRequest, make: Make, tmp_path: Path) -> Callable[..., Sql]:
    if request.param == "sqlite":
        database = sqlite3.connect(tmp_path / "db")
        database.executescript(table("INTEGER", "0", "1"))
        database.close()
        return lambda **more: make("sqlite", str(tmp_path / "db"), **more)
    server = request.getfixturevalue(request.param)
    return lambda **more: make(server.driver, server.connect(), **more)


def test_sql(sql: Callable[..., Sql]) -> None:
    back = sql()
    assert back.verify("alice@v.example", b"wonder land", CLIENT).state == "ok"
    assert back.verify("alice", b"wonder", CLIENT).state == "mismatch"
    assert back.verify("shut", b"wonder land", CLIENT).state == "disabled"
    assert back.verify("nobody", b"wonder land", CLIENT).state == "unknown"
    assert back.verify("empty", b"", CLIENT).state == "mismatch"
    assert back.verify("twice", b"a", CLIENT).state == "temp"
    assert back.secret("scram", "SCRAM-SHA-256").secret.startswith("4096,")
    assert back.lookup("alice").fields == {"home": "/home/alice", "uid": "4242", "gid": "4243"}
    assert back.lookup("scram").fields == {"quota_rule": "*:storage=1G"}
    assert back.lookup("nobody").state == "unknown"


def test_sql_takes_no_statement_from_a_client(sql: Callable[..., Sql]) -> None:
    back = sql(user_query="SELECT home FROM users WHERE name LIKE '%%' AND name = '%u' AND home LIKE '/h%%'")
    for name in HOSTILE:
        for user in (name, f"{name}@v.example"):
            # PostgreSQL has no text with NUL in it, a latin1 column of MariaDB's none with ideographs.
            allowed = ("unknown", "temp") if set(user) & {"\0", "\u0bf5"} else ("unknown",)
            assert back.verify(user, b"wonder land", CLIENT).state in allowed, user
            assert back.lookup(user).state in allowed, user
    assert back.verify("alice", b"wonder land", CLIENT).state == "ok"
    assert back.lookup("alice").fields == {"home": "/home/alice"}


def test_sql_that_a_name_makes_fail_serves_the_others(sql: Callable[..., Sql]) -> None:
    back = sql(password_query="SELECT password FROM users WHERE name = 'alice' AND number = %n")
    assert back.verify("1", b"wonder land", CLIENT).state == "ok"
    assert back.verify("x", b"wonder land", CLIENT).state in ("temp", "unknown")
    assert back.verify("1", b"wonder land", CLIENT).state == "ok"


def test_sql_with_a_bad_statement_says_so(sql: Callable[..., Sql], said: Callable[[], str]) -> None:
    assert sql(password_query="SELECT nothing FROM users WHERE name = %n").verify("alice", b"x", CLIENT).state == "temp"
    assert "nothing" in said()


def test_a_wrong_password_of_ours_is_no_wrong_password_of_theirs(
    postgres: Postgres, maria: Maria, make: Make, said: Callable[[], str]
) -> None:
    for server in (postgres, maria):
        back = make(server.driver, server.connect().replace(SECRET, "not-it"))
        assert back.verify("alice", b"wonder land", CLIENT).state == "temp"
    assert "password authentication failed" in said() and "Access denied" in said() and "not-it" not in said()


def test_postgresql_and_types(postgres: Postgres, make: Make, said: Callable[[], str]) -> None:
    users = "FROM users WHERE name = %n"
    untyped = make(postgres.driver, postgres.connect(), user_query=f"SELECT concat('/srv/', %n) AS home {users}")
    assert untyped.lookup("alice").state == "temp" and "data type of parameter" in said()
    query = f"SELECT concat('/srv/', %n::text) AS home, '/index/' || '%n' AS index {users}"
    # Without our statement_timeout, as a connection pooler may want it.
    typed = make(postgres.driver, f"{postgres.connect()} options=", user_query=query)
    assert typed.lookup("alice").fields == {"home": "/srv/alice", "index": "/index/alice"}


def test_sql_over_a_socket(postgres: Postgres, maria: Maria, make: Make) -> None:
    for server, path in ((postgres, postgres.base), (maria, maria.base / "socket")):
        back = make(server.driver, server.connect().replace("127.0.0.1", str(path)))
        assert back.verify("alice", b"wonder land", CLIENT).state == "ok"


@pytest.mark.parametrize("name", ["postgres", "maria"])
def test_sql_goes_hangs_and_comes_back(request: pytest.FixtureRequest, make: Make, name: str) -> None:
    server: Database = request.getfixturevalue(name)
    back = make(server.driver, server.connect(), timeout="1")
    assert back.verify("alice", b"wonder land", CLIENT).state == "ok"
    server.stop()
    assert back.verify("alice", b"wonder land", CLIENT).state == "temp"
    server.start()
    again(back, b"wonder land")
    server.stop()
    server.start()
    assert back.verify("alice", b"wonder land", CLIENT).state == "ok"
    hangs(back, server)
    again(back, b"wonder land")
