import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.store.mailbox.entry import BadIndex, Head
from pymaster.store.mailbox.history import History
from pymaster.store.mailbox.snapshot import Snapshot, dump, load
from pymaster.store.mailbox.state import FlagTable
from tests.unit.store.mailbox.test_columns import SEEN, Change, applied, rows, view


def snapshot():
    made = applied(view(5), Change(flags={2: SEEN, 3: frozenset([b"$Junk"])}, arrived=rows(9)), 7)
    made.table.number(frozenset([b"\\Draft"]))
    made = applied(made, Change(flags={2: frozenset([b"\\Draft"])}), 8)
    history = History(3)
    history.add([7, 8], 6)
    return Snapshot(Head(8, 10, 1, "id", 5, 1, [0] * 5, b"st"), made, history, b"l" * 16, b"b" * 16, "boot")


def test_there_and_back():
    made = snapshot()
    table = FlagTable()
    table.number(frozenset([b"\\Flagged"]))
    again = load(dump(made), table)
    assert again.head == made.head and (again.log, again.before, again.boot) == (made.log, made.before, "boot")
    assert again.view.state.uids == made.view.state.uids and again.view.places == made.view.places
    assert [again.view.flags(row) for row in range(6)] == [made.view.flags(row) for row in range(6)]
    assert again.history.since(3) == [(7, 8)] and again.view.table.keywords == [b"$Junk"]


def test_another_version():
    data = dump(snapshot())
    with pytest.raises(BadIndex, match="version"):
        load(b"PMINDEX9l" + data[9:], FlagTable())


@given(st.integers(0, 2000), st.integers(0, 255))
def test_damage_is_found(at, value):
    data = bytearray(dump(snapshot()))
    at %= len(data)
    if data[at] == value:
        return
    data[at] = value
    with pytest.raises(BadIndex):
        load(bytes(data), FlagTable())


@given(st.binary(max_size=300))
def test_any_bytes(data):
    for each in (data, dump(snapshot())[:9] + data):
        with pytest.raises(BadIndex):
            load(each, FlagTable())
