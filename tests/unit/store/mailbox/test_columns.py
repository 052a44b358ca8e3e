import pytest

from pymaster.store.mailbox.columns import FEW, Columns
from pymaster.store.mailbox.driver import Change, Row, View
from pymaster.store.mailbox.entry import BadIndex, Head, body_of
from pymaster.store.mailbox.state import FlagTable, State

SEEN = frozenset([b"\\Seen"])


def applied(view, change, highest, *, reset=False, uidnext=500):
    columns = Columns(view)
    head = Head(highest, uidnext, 1, "id")
    columns.apply(head, body_of(change, reset=reset))
    return columns.result(head)


def rows(*uids, flags=frozenset()):
    return [Row(uid, f"p{uid}", flags, uid * 10, uid, uid) for uid in uids]


def view(count=200):
    return applied(View(State(), FlagTable()), Change(arrived=rows(*range(1, count + 1))), 2)


def test_arrivals_flags_and_places():
    first = view(3)
    second = applied(
        first, Change(arrived=rows(7, flags=SEEN), flags={2: SEEN, 99: SEEN}, places={1: "moved", 99: "x"}), 3
    )
    assert list(second.state.uids) == [1, 2, 3, 7] and list(second.state.modseqs) == [2, 3, 2, 3]
    assert second.places == ["moved", "p2", "p3", "p7"] and second.flags(1) == SEEN == second.flags(3)
    assert list(first.state.uids) == [1, 2, 3] and list(first.state.flags) == [0, 0, 0], "the old view stays"
    assert second.state.sizes[3] == 70 and second.state.highest == 3


def test_flags_leave_the_other_columns_alone():
    first = view(3)
    second = applied(first, Change(flags={1: SEEN}), 3)
    assert second.state.uids is first.state.uids and second.state.sizes is first.state.sizes


@pytest.mark.parametrize("count", [1, FEW, FEW + 1, 150])
def test_removal(count):
    first = view()
    gone = list(range(3, 3 + count))
    second = applied(first, Change(gone=[*gone, 1000]), 3)
    assert list(second.state.uids) == [uid for uid in range(1, 201) if uid not in gone]
    assert second.places == [f"p{uid}" for uid in second.state.uids]
    assert list(second.state.sizes) == [uid * 10 for uid in second.state.uids]
    assert len(first.state.uids) == len(first.places) == 200


def test_reset():
    second = applied(view(), Change(arrived=rows(1, 2)), 9, reset=True)
    assert list(second.state.uids) == [1, 2] and second.places == ["p1", "p2"]


def test_uids_must_rise():
    with pytest.raises(BadIndex):
        applied(view(5), Change(arrived=rows(5)), 9)
