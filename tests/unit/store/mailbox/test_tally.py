from array import array

from pymaster.store.mailbox.state import FlagTable, State
from pymaster.store.mailbox.tally import Tally, counted


def test_counted_and_kept_up_to_date_agree():
    table = FlagTable()
    sets = [frozenset(), frozenset([b"\\Seen"]), frozenset([b"\\Deleted"]), frozenset([b"\\Seen", b"\\Deleted"])]
    numbers = [table.number(each) for each in sets]
    state = State(array("I", [1, 2, 3, 4]), array("I", numbers), sizes=array("Q", [10, 20, 30, 40]))
    tally = Tally()
    for each, size in zip(sets, state.sizes, strict=True):
        tally.add(each, size)
    assert tally == counted(state, table) == Tally(4, 2, 2, 100, 70)
    for each, size in zip(sets, state.sizes, strict=True):
        tally.add(each, size, -1)
    assert tally.row() == [0] * 5
