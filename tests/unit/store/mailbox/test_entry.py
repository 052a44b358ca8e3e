import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.store.mailbox.driver import Change, Row
from pymaster.store.mailbox.entry import BadIndex, Head, body_of, decode_body, decode_head, encode, interned
from pymaster.store.mailbox.state import FlagTable

SEEN = frozenset([b"\\Seen"])
CHANGE = Change(
    arrived=[Row(7, "new/a\udcff", frozenset(), 10, 5, 6), Row(9, "b:2,S", SEEN, 20, -5, 6)],
    flags={3: SEEN, 1: frozenset(), 4: SEEN}, places={3: "x", 1: "y"}, gone=[6, 2], stamp=b"stamp",
)  # fmt: skip


def test_there_and_back():
    head = Head(5, 10, 99, "id", 7, 2, [1, 2, 3, 4, 5], b"stamp")
    body = body_of(CHANGE, reset=True)
    data = encode(4, head, body)
    assert decode_head(data) == (4, head)
    assert decode_body(data) == body
    assert list(body.gone) == [2, 6] and list(body.moved) == [1, 3] and body.places == ["y", "x"]
    assert [(sorted(body.sets[number]), list(uids)) for number, uids in body.flags] == [
        ([], [1]), ([b"\\Seen"], [3, 4]),
    ]  # fmt: skip


def test_only_what_a_client_sees_counts():
    assert not body_of(Change(places={1: "x"}, stamp=b"s"), reset=False).counts
    for change in (Change(gone=[1]), Change(flags={1: SEEN}), Change(arrived=CHANGE.arrived)):
        assert body_of(change, reset=False).counts


@given(st.integers(0, 300), st.integers(0, 255))
def test_damaged_bytes_are_refused_or_read(at, value):
    data = bytearray(encode(4, Head(), body_of(CHANGE, reset=False)))
    data[at % len(data)] = value
    for decode in (decode_head, decode_body):
        try:
            decode(bytes(data))
        except BadIndex:
            continue


@given(st.binary(max_size=100))
def test_any_bytes_are_refused_or_read(data):
    for decode in (decode_head, decode_body):
        try:
            decode(data)
        except BadIndex:
            continue


def test_keywords_over_the_limits_are_left_out():
    table = FlagTable()
    assert table.sets[interned(table, [b"\\Seen", b"x" * 60])] == SEEN


def test_flags_without_a_name():
    body = body_of(Change(flags={1: SEEN}), reset=False)
    body.sets.clear()
    with pytest.raises(BadIndex):
        decode_body(encode(1, Head(), body))
