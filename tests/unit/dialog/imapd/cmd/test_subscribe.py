"""SUBSCRIBE and UNSUBSCRIBE."""

import pytest

from pymaster.dialog.imapd.cmd import subscribe
from tests.unit.dialog.imapd.lab import Lab


def test_levels_and_thunderbirds_separator() -> None:
    lab = Lab()
    lab.account.create("a.b")
    assert (
        lab.say(b"SUBSCRIBE a", b"SUBSCRIBE a.b.", b"SUBSCRIBE inbox", select="") == [b"a OK Subscribe completed."] * 3
    )
    assert lab.account.subscriptions() == ["a", "a.b", "INBOX"]
    lab.say(b"UNSUBSCRIBE a.", b"UNSUBSCRIBE never", select="")
    assert lab.account.subscriptions() == ["a.b", "INBOX"]


def test_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribe, "MAX_SUBSCRIPTIONS", 1)
    lab = Lab()
    lab.account.subscribe("x")
    assert lab.say(b"SUBSCRIBE INBOX", select="") == [b"a NO [LIMIT] Too many subscriptions"]


def test_names_that_are_none() -> None:
    lab = Lab()
    lines = lab.say(b"SUBSCRIBE nowhere", b"SUBSCRIBE &", b"UNSUBSCRIBE &", b"SUBSCRIBE", select="")
    assert [line[:5] for line in lines] == [b"a NO ", b"a NO ", b"a NO ", b"a BAD"]
