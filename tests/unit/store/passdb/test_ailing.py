import sys

import pytest

from pymaster.store.passdb.ailing import PAUSE, Ailing, complaint, installed


def test_left_alone_for_twice_the_wait() -> None:
    now = [0.0]
    ailing = Ailing(lambda: now[0])
    assert ailing.begin() and ailing.quick()
    now[0] = 5.0
    assert not ailing.quick()
    ailing.ill()
    now[0] = 14.9
    assert not ailing.begin()
    now[0] = 15.0
    assert ailing.begin()


def test_what_failed_at_once_is_tried_again_soon() -> None:
    now = [0.0]
    ailing = Ailing(lambda: now[0])
    assert ailing.begin()
    ailing.ill()
    now[0] = PAUSE - 0.1
    assert not ailing.begin()
    now[0] = PAUSE
    assert ailing.begin()


def test_complaint() -> None:
    assert complaint(OSError("no\n\tway")) == "no way"
    assert complaint(OSError()) == "OSError"


def test_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installed("json") and not installed("no_such_package_at_all")
    monkeypatch.setitem(sys.modules, "json", None)
    assert not installed("json")
