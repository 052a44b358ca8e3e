import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.store.passdb.apppasswords import AppPasswords, Bad, parse
from pymaster.store.passdb.contract import Client
from pymaster.util.clock import ManualClock

IMAP = Client("imap")


def test_a_life(tmp_path: Path) -> None:
    clock = ManualClock()
    file = AppPasswords(str(tmp_path / "app"), clock)
    assert file.verify("bob", b"x", IMAP).state == "unknown" and file.entries() == []
    one = file.add("bob", "phone")
    two = file.add("bob", "laptop at work", ("smtp",))
    assert len(one.replace("-", "")) == 20 and one != two
    assert oct((tmp_path / "app").stat().st_mode)[-3:] == "600"
    assert one.replace("-", "") not in (tmp_path / "app").read_text()
    other = AppPasswords(str(tmp_path / "app"), clock)
    for typed in (one, one.replace("-", ""), one.replace("-", " ")):
        found = other.verify("bob", typed.encode(), IMAP)
        assert (found.state, found.fields) == ("ok", {"app": "phone"})
    assert other.verify("bob", two.encode(), IMAP).state == "mismatch"
    assert other.verify("bob", two.encode(), Client("smtp")).state == "ok"
    assert other.verify("alice", one.encode(), IMAP).state == "unknown"
    assert file.revoke("bob", "phone") and not file.revoke("bob", "phone")
    assert other.verify("bob", one.encode(), IMAP).state == "mismatch"


def test_last_use_is_known_to_the_hour(tmp_path: Path) -> None:
    clock = ManualClock()
    file = AppPasswords(str(tmp_path / "app"), clock)
    word = file.add("bob", "phone").encode()
    assert file.entries("bob")[0].used == 0
    file.verify("bob", word, IMAP)
    first = file.entries("bob")[0].used
    assert first == int(clock.now())
    clock.advance(100)
    file.verify("bob", word, IMAP)
    assert file.entries("bob")[0].used == first
    clock.advance(4000)
    file.verify("bob", word, IMAP)
    assert file.entries("bob")[0].used > first


def test_bad_wishes(tmp_path: Path) -> None:
    file = AppPasswords(str(tmp_path / "app"))
    file.add("bob", "phone")
    for name, scope in (("phone", ("*",)), ("a:b", ("*",)), ("", ("*",)), ("x\n", ("*",)), ("x", ("ftp",)), ("x", ())):
        with pytest.raises(Bad):
            file.add("bob", name, scope)
    assert len(file.entries()) == 1 and os.listdir(tmp_path) == ["app"]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    assert AppPasswords(str(tmp_path / "app")).verify("bob", b"x", IMAP).state == "temp"


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    for item in parse(text):
        assert parse(item.line()) == [item]
