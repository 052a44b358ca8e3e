import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.store.mailbox import mboxuids
from pymaster.store.mailbox.driver import View
from pymaster.store.mailbox.mboxheaders import MAX_UID, Base, Meta
from pymaster.store.mailbox.mboxmessage import Seen
from pymaster.store.mailbox.mboxuids import (
    AHEAD,
    NOTE,
    Note,
    agreed,
    assign,
    key_of,
    new_id,
    parse_place,
    place_of,
    read_note,
    write_note,
)  # fmt: skip
from pymaster.store.mailbox.state import FlagTable, State

NOW = 1_700_000_000
ID = "0123456789abcdef" * 2


def view_of(*rows, validity=5, uidnext=0):
    state = State().extended([(uid, 0, 1, 0, 0) for uid, _ in rows], 2)
    state.uidnext = uidnext or state.uidnext
    return View(state, FlagTable(), [place_of(0, 1, key) for _, key in rows], b"", validity, ID)


def seen(*messages):
    return [Seen(n, n + 1, Meta(b"", uid=uid), 1, key) for n, (uid, key) in enumerate(messages)]


def given_to(messages, view, last, rows=None):
    rows = range(len(view.places)) if rows is None else rows
    found = assign(seen(*messages), view, rows, last)
    return found.uids, found.gone, found.last


def test_note(tmp_path):
    assert read_note(str(tmp_path)) == Note()
    for note in (Note(5, 6, ID), Note(4294967295, 4294967294, new_id())):
        write_note(str(tmp_path), note)
        assert read_note(str(tmp_path)) == note
    assert os.stat(tmp_path / NOTE).st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "data", [b"", b"x", b"5 6\n", b"0 6 %s\n" % ID.encode(), b"5 4294967295 %s\n" % ID.encode(), b"\0" * 60]
)
def test_a_note_that_is_none(tmp_path, data):
    (tmp_path / NOTE).write_bytes(data)
    assert read_note(str(tmp_path)) == Note()


def test_places():
    assert parse_place(place_of(10, 300, "abc")) == (10, 300, "abc") and key_of(place_of(1, 2, "abc")) == "abc"
    for place in ("", "x", "1.2", "x.y.z"):
        assert parse_place(place) == (0, 0, "")


@pytest.mark.parametrize(
    ("view", "note", "file", "wanted"),
    [
        (view_of(validity=0), Note(), None, Note(0, 0, "")),
        (view_of(validity=0), Note(), Base(7, 8), Note(7, 8, "")),
        (view_of(validity=0), Note(), Base(7, 1 << 31), Note(0, 0, "")),
        (view_of(validity=0), Note(), Base(NOW + 90000, 8), Note(0, 0, "")),
        (view_of(validity=0), Note(5, 6, ID), Base(7, 8), Note(5, 6, ID)),
        (view_of(validity=0), Note(5, 6, ID), Base(5, 8), Note(5, 8, ID)),
        (view_of((3, "a")), Note(5, 2, ID), Base(5, 1), Note(5, 3, ID)),
        (view_of((3, "a")), Note(5, 9, ID), Base(5, 11), Note(5, 11, ID)),
        (view_of((3, "a")), Note(4, 9, ID), Base(4, 11), Note(5, 3, ID)),
        (view_of((3, "a")), Note(), Base(5, 4 + AHEAD), Note(5, 3, ID)),
    ],
)
def test_what_is_agreed(view, note, file, wanted):
    assert agreed(view, note, file, NOW) == wanted


def test_first_look():
    empty = view_of(validity=0)
    assert given_to([(0, "a"), (0, "b")], empty, 0) == ([1, 2], [], 2)
    # X-UIDs that rise and were given; the others get new ones.
    assert given_to([(3, "a"), (0, "b"), (2, "c"), (9, "d"), (10, "e"), (9, "f")], empty, 9) == (
        [3, 10, 11, 9, 12, 13],
        [],
        13,
    )


def test_messages_are_known_by_their_bytes():
    view = view_of((2, "a"), (4, "b"), (7, "b"), (8, "c"))
    assert given_to([(0, "b"), (0, "a"), (0, "b"), (0, "x")], view, 8) == ([4, 2, 7, 9], [8], 9)
    # An X-UID tells twins apart; one that is another message's does not.
    assert given_to([(7, "b"), (7, "a"), (4, "zz")], view, 8) == ([7, 2, 9], [4, 8], 9)
    # What was expunged or never given comes back as new; what one of us gave before it died is kept.
    assert given_to([(3, "n"), (9, "m"), (10, "o"), (12, "p")], view, 10) == ([11, 9, 10, 12], [2, 4, 7, 8], 12)
    assert given_to([(0, "c")], view, 8, rows=[3]) == ([8], [], 8)


def test_uids_end():
    for note in (Note(5, MAX_UID - 1, ID), Note(5, MAX_UID - AHEAD, ID)):
        assert (
            agreed(view_of((3, "a")), note, None, NOW) == agreed(view_of(validity=0), note, None, NOW) == Note(0, 0, ID)
        )


MESSAGES = st.lists(st.tuples(st.integers(0, 12), st.sampled_from("abcd")), max_size=8)


@given(
    MESSAGES,
    st.lists(st.tuples(st.integers(1, 9), st.sampled_from("abcd")), unique_by=lambda row: row[0], max_size=6),
    st.integers(0, 5),
)
@settings(max_examples=500)
def test_no_uid_is_given_twice(messages, rows, ahead):
    view = view_of(*sorted(rows), uidnext=10)
    uids, gone, last = given_to(messages, view, 9 + ahead)
    known = dict(rows)
    assert len(set(uids)) == len(uids) and last >= 9 + ahead
    for (_, key), uid in zip(messages, uids, strict=True):
        assert known[uid] == key if uid < 10 else uid <= last
    assert sorted(gone) == sorted(set(known) - set(uids))


def test_what_is_no_note_is_set_aside(tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"0000000007 0000000009 " + b"a" * 32 + b"\n")
    (tmp_path / "box").mkdir()
    note = tmp_path / "box" / mboxuids.NOTE
    note.symlink_to(tmp_path / "elsewhere")
    assert mboxuids.read_note(str(tmp_path / "box")) == mboxuids.Note()
    note.symlink_to(tmp_path / "elsewhere")
    mboxuids.write_note(str(tmp_path / "box"), mboxuids.Note(1, 2, "b" * 32))
    assert mboxuids.read_note(str(tmp_path / "box")).validity == 1
    assert (tmp_path / "elsewhere").read_bytes().startswith(b"0000000007")
