import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.store.passdb.contract import Client
from pymaster.store.passdb.ldap import Ldap, escape, fill
from pymaster.util.errors import ConfigError

ldap3 = pytest.importorskip("ldap3")
CLIENT = Client("imap")
CONFIG = """\
uris = ldap://one.test ldap://two.test
base = ou=people,dc=test
user_filter = (&(objectClass=posixAccount)(uid=%n))
bind_dn = cn=mail,dc=test
bind_password = topsecret
user_attributes = homeDirectory=home, uidNumber=uid, gidNumber=gid
"""
ENTRIES = {
    "cn=mail,dc=test": {"userPassword": "topsecret", "objectClass": "person"},
    "uid=bob,ou=people,dc=test": {
        "uid": "bob",
        "userPassword": "pw",
        "objectClass": "posixAccount",
        "homeDirectory": "/home/bob",
        "uidNumber": "1000",
        "gidNumber": "1001",
    },
    "uid=star,ou=people,dc=test": {"uid": "a*b", "userPassword": "x", "objectClass": "posixAccount"},
}


class Directory:
    """ldap3's own server in memory, and servers that are down."""

    def __init__(self) -> None:
        self.down: set[str] = set()
        self.tried: list[tuple[str, str]] = []

    def connect(self, uri: str, dn: str, password: str | bytes) -> Any:
        self.tried.append((uri, dn))
        if uri in self.down:
            raise OSError("down")
        connection = ldap3.Connection(ldap3.Server(uri), dn, password, client_strategy=ldap3.MOCK_SYNC)
        for name, attributes in ENTRIES.items():
            connection.strategy.add_entry(name, dict(attributes))
        connection.bind()
        return connection


@pytest.fixture
def directory() -> Directory:
    return Directory()


def build(folder: Path, directory: Directory, config: str = CONFIG, **options: Any) -> Ldap:
    (folder / "ldap.cf").write_text(config)
    return Ldap(str(folder / "ldap.cf"), connect=directory.connect, **options)


def test_bind(tmp_path: Path, directory: Directory) -> None:
    back = build(tmp_path, directory)
    assert back.verify("bob@v.example", b"pw", CLIENT).state == "ok"
    assert directory.tried[-1] == ("ldap://one.test", "uid=bob,ou=people,dc=test")
    assert back.verify("bob", b"px", CLIENT).state == "mismatch"
    assert back.verify("nobody", b"pw", CLIENT).state == "unknown"
    # An empty password would be an anonymous bind, which succeeds.
    assert back.verify("bob", b"", CLIENT).state == "mismatch"
    assert back.secret("bob", "PLAIN").state == "mismatch"


def test_lookup(tmp_path: Path, directory: Directory) -> None:
    assert build(tmp_path, directory).lookup("bob").fields == {"home": "/home/bob", "uid": "1000", "gid": "1001"}
    assert build(tmp_path, directory, CONFIG.replace("user_attributes", "#")).lookup("bob").state == "unknown"


def test_passwords_that_are_looked_up(tmp_path: Path, directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENTRIES["uid=bob,ou=people,dc=test"], "userPassword", "{PLAIN}pw")
    back = build(tmp_path, directory, CONFIG + "auth = lookup\n")
    assert back.verify("bob", b"pw", CLIENT).state == "ok"
    assert back.verify("bob", b"px", CLIENT).state == "mismatch"
    assert back.verify("nobody", b"px", CLIENT).state == "unknown"
    assert back.secret("bob", "PLAIN").secret == "pw"


@pytest.mark.parametrize("user", ["*)(uid=*", "*", "b*", "bob)(|(uid=*", "a\\", "a\0b"])
def test_what_a_client_says_is_no_filter(tmp_path: Path, directory: Directory, user: str) -> None:
    assert build(tmp_path, directory).verify(user, b"pw", CLIENT).state == "unknown"


def test_the_next_server_when_one_is_down(tmp_path: Path, directory: Directory) -> None:
    now = [0.0]
    back = build(tmp_path, directory, clock=lambda: now[0])
    directory.down = {"ldap://one.test"}
    assert back.verify("bob", b"pw", CLIENT).state == "ok"
    directory.down.add("ldap://two.test")
    assert back.verify("bob", b"pw", CLIENT).state == "temp"
    now[0] = 5.0
    back = build(tmp_path, directory, clock=lambda: now[0])
    assert back.verify("bob", b"pw", CLIENT).state == "temp"
    directory.down.clear()
    now[0] = 9.0
    assert back.verify("bob", b"pw", CLIENT).state == "ok"


@pytest.mark.parametrize(
    "config",
    [
        "",
        "uris = x\nbase = y",
        CONFIG.replace("%n", "%x"),
        CONFIG + "timeout = soon\n",
        CONFIG + "timeout = 0\n",
        CONFIG + "scope = all\n",
    ],
)
def test_mistakes(tmp_path: Path, directory: Directory, config: str) -> None:
    with pytest.raises(ConfigError):
        build(tmp_path, directory, config)


def test_without_ldap3(tmp_path: Path, directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ldap3", None)
    with pytest.raises(ConfigError, match="ldap3 is not installed"):
        build(tmp_path, directory)


class Scripted:
    """A connection of ldap3 with a fixed answer."""

    bound = True

    def __init__(self, result: int = 0, count: int = 0) -> None:
        self.result = {"result": result, "description": str(result)}
        entry = {"type": "searchResEntry", "dn": "uid=bob,ou=people,dc=test", "raw_attributes": {}}
        self.response = [entry] * count

    def search(self, *args: Any, **options: Any) -> None:
        """Done before."""

    def unbind(self) -> None:
        """It is over."""


@pytest.mark.parametrize(
    ("result", "count", "state"), [(0, 0, "unknown"), (0, 2, "temp"), (4, 1, "temp"), (51, 0, "temp"), (32, 0, "temp")]
)
def test_what_a_search_means(tmp_path: Path, directory: Directory, result: int, count: int, state: str) -> None:
    back = build(tmp_path, directory)
    back._connect = lambda uri, dn, password: Scripted(result, count)
    assert back.lookup("bob").state == state


@pytest.mark.parametrize(
    ("result", "state"), [(49, "mismatch"), (48, "mismatch"), (32, "mismatch"), (53, "temp"), (51, "temp")]
)
def test_what_a_refused_bind_means(tmp_path: Path, directory: Directory, result: int, state: str) -> None:
    back = build(tmp_path, directory)

    def connect(uri: str, dn: str, password: str | bytes) -> Any:
        made = Scripted(result if dn.startswith("uid=") else 0, 1)
        made.bound = not dn.startswith("uid=")
        return made

    back._connect = connect
    assert back.verify("bob", b"px", CLIENT).state == state


def test_the_server_that_answered_is_asked_first(tmp_path: Path, directory: Directory) -> None:
    back = build(tmp_path, directory)
    directory.down = {"ldap://one.test"}
    assert back.verify("bob", b"pw", CLIENT).state == "ok"
    directory.tried.clear()
    assert back.verify("bob", b"pw", CLIENT).state == "ok"
    assert [uri for uri, _ in directory.tried] == ["ldap://two.test"]


def test_escape() -> None:
    assert escape("*)(uid=\\\0") == "\\2a\\29\\28uid=\\5c\\00"
    assert escape("bj\u00f6rn") == "bj\\c3\\b6rn"
    assert fill("(&(a=%n)(b=%d)(c=%u)(p=100%%))", "x*@d") == "(&(a=x\\2a)(b=d)(c=x\\2a@d)(p=100%))"


@given(st.text(max_size=30))
def test_escaped_text_has_nothing_special(text: str) -> None:
    assert not set(escape(text)) & set("*()\0")
