import pwd
from types import SimpleNamespace

import pytest

from pymaster.store.passdb import schemes, system
from pymaster.store.passdb.contract import Client
from pymaster.store.passdb.system import System
from pymaster.util.errors import LookupFailed


def stored(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(pwd, "getpwnam", lambda name: SimpleNamespace(pw_passwd=text))


def test_shadowed_and_unknown_users() -> None:
    back = System()
    assert back.verify("root", b"x", Client()).state == "mismatch"
    assert back.verify("no-such-user-here", b"x", Client()).state == "unknown"
    assert back.lookup("root").state == "unknown"


def test_a_password_in_passwd(monkeypatch: pytest.MonkeyPatch) -> None:
    stored(monkeypatch, schemes.make("SHA256-CRYPT", b"pw")[14:])
    back = System()
    assert back.verify("root", b"pw", Client()).state == "ok"
    assert back.verify("root", b"px", Client()).state == "mismatch"
    assert back.verify("no-such-user-here", b"px", Client()).state == "unknown"
    assert back.secret("root", "PLAIN").state == "mismatch"


def test_a_directory_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(name: bytes) -> None:
        raise LookupFailed("down")

    monkeypatch.setattr(system.passwd, "by_name", down)
    assert System().verify("root", b"x", Client()).state == "temp"
