"""A user's own set of seen messages in somebody else's mailbox."""

from __future__ import annotations

import threading
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.store.mailbox.privateseen import FOLDER, PrivateSeen, parse
from pymaster.store.mailbox.state import State
from pymaster.util import log


def state(*uids: int) -> State:
    found = State(uidnext=uids[-1] + 1 if uids else 1)
    found.uids = array("I", uids)
    return found


def test_it_is_kept_and_forgets_what_is_gone(tmp_path: Path) -> None:
    seen = PrivateSeen(str(tmp_path), "ann", "id", 7)
    assert seen.uids() == frozenset() and not (tmp_path / FOLDER).exists()
    seen.change([1, 2, 3, 5], on=True, state=state(1, 2, 3, 5))
    assert seen.uids() == {1, 2, 3, 5} and seen.uids() is seen.uids()
    other = PrivateSeen(str(tmp_path), "ann", "id", 7)
    assert other.uids() == {1, 2, 3, 5}
    other.change([2], on=False, state=state(2, 3))
    # UID 5 is newer than that state.
    assert seen.uids() == {3, 5}
    other.change([9], on=True, state=state(2, 9))
    assert seen.uids() == {9}
    assert [path.read_bytes() for path in (tmp_path / FOLDER).iterdir() if path.name != "lock"] == [
        b"pymaster-seen 1 7 9\n"
    ]


def test_each_mailbox_and_uidvalidity_has_its_own(tmp_path: Path) -> None:
    PrivateSeen(str(tmp_path), "ann", "id", 7).change([1], on=True, state=state(1))
    for owner, mailbox_id, uidvalidity in (("ann", "id", 8), ("ann", "other", 7), ("eve", "id", 7)):
        assert PrivateSeen(str(tmp_path), owner, mailbox_id, uidvalidity).uids() == frozenset()


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    def mark(uid: int) -> None:
        PrivateSeen(str(tmp_path), "ann", "id", 7).change([uid], on=True, state=state(*range(1, 21)))

    threads = [threading.Thread(target=mark, args=(uid,)) for uid in range(1, 21)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert PrivateSeen(str(tmp_path), "ann", "id", 7).uids() == set(range(1, 21))


def test_damage_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(log, "warning", lines.append)
    seen = PrivateSeen(str(tmp_path), "ann", "id", 7)
    seen.change([1], on=True, state=state(1))
    path = next(path for path in (tmp_path / FOLDER).iterdir() if path.name != "lock")
    path.write_bytes(b"junk")
    assert seen.uids() == frozenset() and seen.uids() == frozenset() and len(lines) == 1
    assert path.with_name(path.name + ".damaged").read_bytes() == b"junk"
    seen.change([2], on=True, state=state(2))
    assert seen.uids() == {2}


@pytest.mark.parametrize(
    "runs", [b"0", b"2,1", b"1:1:1", b"3:2", b"1:2,2", b"1,,2", b"4294967296", b"1:4294967295", b"01", b"1 "]
)
def test_what_is_no_set(runs: bytes) -> None:
    with pytest.raises(ValueError):
        parse(b"pymaster-seen 1 7 %s\n" % runs)


@given(st.binary(max_size=100))
def test_any_bytes(data: bytes) -> None:
    for each in (data, b"pymaster-seen 1 7 " + data + b"\n"):
        try:
            parse(each)
        except ValueError:
            continue
