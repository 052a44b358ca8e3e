"""States never change; flag tables number sets and keep the case of a keyword's first use."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.store.mailbox.state import DELETED, MAX_KEYWORD, MAX_KEYWORDS, SEEN, FlagTable, State, canonical


def three() -> State:
    return State().extended([(2, 0, 10, 100, 200), (5, 0, 11, 101, 201), (9, 0, 12, 102, 202)], 7)


def test_extending_makes_a_new_state() -> None:
    empty = State()
    found = empty.extended([(3, 1, 10, 20, 30)], 4)
    assert len(empty) == 0 and list(found.uids) == [3] and found.uidnext == 4 and found.highest == 4
    assert (found.flags[0], found.sizes[0], found.dates[0], found.saved[0], found.modseqs[0]) == (1, 10, 20, 30, 4)
    assert empty.extended([], 9).uidnext == 1


def test_positions() -> None:
    state = three()
    assert [state.position(uid) for uid in (1, 2, 5, 6, 9, 10)] == [-1, 0, 1, -1, 2, -1]


def test_new_flags_share_what_stays_the_same() -> None:
    state = three()
    found = state.reflagged([0, 2], [4, 5], 8)
    assert list(found.flags) == [4, 0, 5] and list(found.modseqs) == [8, 7, 8] and found.uids is state.uids
    assert list(state.flags) == [0, 0, 0]


def test_keeping_rows_keeps_uidnext() -> None:
    found = three().kept([1], 9)
    assert list(found.uids) == [5] and found.uidnext == 10 and found.highest == 9 and found.sizes == array("Q", [11])


def test_flags_are_numbered_and_written_in_one_order() -> None:
    table = FlagTable()
    number = table.number(
        frozenset([table.known(b"$Work"), table.known(b"\\SEEN"), table.known(b"\\Answered"), table.known(b"a")])
    )
    assert table.text[number] == b"\\Answered \\Seen $Work a"
    assert table.known(b"$WORK") == b"$Work" and table.keywords == [b"$Work", b"a"]
    assert table.number(frozenset()) == 0 and number in table.having(b"$work") and number in table.having(b"\\seen")
    assert table.having(DELETED) == frozenset() and canonical(b"\\sEEN") == SEEN


def test_limits_of_keywords() -> None:
    table = FlagTable()
    with pytest.raises(ValueError, match="keyword"):
        table.known(b"x" * (MAX_KEYWORD + 1))
    for n in range(MAX_KEYWORDS):
        table.known(b"k%d" % n)
    with pytest.raises(ValueError, match="keyword"):
        table.known(b"one more")
    assert table.known(b"K5") == b"k5"


@given(st.lists(st.integers(1, 50), unique=True).map(sorted), st.sets(st.integers(0, 49)))
def test_kept_rows_are_those_asked_for(uids: list[int], wanted: set[int]) -> None:
    state = State().extended([(uid, 0, uid, 0, 0) for uid in uids], 2)
    rows = [row for row in range(len(uids)) if row in wanted]
    assert list(state.kept(rows, 3).sizes) == [uids[row] for row in rows]
