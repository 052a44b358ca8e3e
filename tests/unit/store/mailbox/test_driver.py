from array import array

from pymaster.store.mailbox.driver import Change, Row, View
from pymaster.store.mailbox.state import FlagTable, State


def test_a_view_tells_flags():
    table = FlagTable()
    number = table.number(frozenset([b"\\Seen"]))
    view = View(State(array("I", [5]), array("I", [number])), table, ["place"])
    assert view.flags(0) == {b"\\Seen"} and not view.uidvalidity


def test_defaults():
    assert Row(1, "x", frozenset(), 1, 2, 3).recent and not Change().arrived and Change().stamp == b""
