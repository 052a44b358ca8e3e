import os

import pytest

from pymaster.store.mailbox.keywords import Keywords
from pymaster.store.mailbox.maildirname import (
    arrival,
    base_of,
    flags_of,
    letters_for,
    letters_of,
    renamed,
    sizes,
    unique,
    usable,
)
from pymaster.util.clock import ManualClock


@pytest.fixture
def words(tmp_path):
    (tmp_path / "dovecot-keywords").write_bytes(b"0 $Junk\n1 Work\n")
    fd = os.open(tmp_path, os.O_RDONLY)
    made = Keywords(fd)
    made.refresh(1)
    yield made
    os.close(fd)


def test_parts():
    place = "new/1700000000.M1P2.h,S=12,W=15:2,FSa,x"
    assert base_of(place) == "1700000000.M1P2.h,S=12,W=15" and letters_of(place) == "FSa"
    assert sizes(base_of(place)) == (12, 15) and sizes("x,S=,W=x") == (None, None) and sizes("x,S=5x") == (None, None)
    assert arrival(place[4:]) == 1700000000 and arrival("msg.abc") == 0
    assert letters_of("a:1,S") == "" and base_of("a:1,S") == "a"


def test_usable():
    assert usable("1.a.h:2,S") and not usable(".x") and not usable("a\nb") and not usable("x" * 256)


def test_flags(words):
    assert flags_of("x:2,DFPRSTabc,d", words) == {
        b"\\Draft", b"\\Flagged", b"\\Answered", b"\\Seen", b"\\Deleted", b"$Junk", b"Work",
    }  # fmt: skip
    assert letters_for([b"\\Seen", b"WORK", b"None"], words) == {"S", "b"}


@pytest.mark.parametrize(
    ("old", "flags", "new"),
    [
        ("new/a", [b"\\Seen"], "a:2,S"), ("a:2,", [b"Work", b"\\Draft"], "a:2,Db"), ("a:2,SPz", [], "a:2,Pz"),
        ("a:2,Sab,extra:x", [b"$junk"], "a:2,a,extra:x"), ("a:1,x", [b"\\Seen"], "a:2,S"),
    ],
)  # fmt: skip
def test_renamed(words, old, flags, new):
    assert renamed(old, flags, words) == new


def test_unique_names():
    clock = ManualClock()
    names = {unique(clock) for _ in range(100)}
    assert len(names) == 100 and all(usable(name) and "," not in name and ":" not in name for name in names)
