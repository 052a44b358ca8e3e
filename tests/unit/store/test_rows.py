"""Keys keep the order they must keep; a damaged value never passes for a good one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.model.stored import State
from pymaster.store import rows
from pymaster.store.contract import CorruptRow
from tests.queues import envelope

IDS = st.text("0123456789ABCDEFz", min_size=1, max_size=12).map(str.encode)


@given(IDS, IDS, st.integers(0, 9999))
def test_no_key_of_one_message_lies_among_those_of_another(one: bytes, other: bytes, n: int) -> None:
    if one != other:
        for key in (rows.state_key(other), rows.recipient_key(other, n), rows.body_key(other, n)):
            assert not key.startswith(rows.state_key(one))


@given(st.floats(0, 4e9), st.floats(0, 4e9), IDS)
def test_due_keys_are_in_time_order(one: float, other: float, queue_id: bytes) -> None:
    first, second = rows.due_key(rows.micro(one), queue_id), rows.due_key(rows.micro(other), queue_id)
    assert (first < second) == (rows.micro(one) < rows.micro(other))
    assert rows.split_due(first) == (rows.micro(one), queue_id)


@given(st.floats(0, 4e9))
def test_times_survive(seconds: float) -> None:
    assert rows.micro(rows.micro(seconds) / 1_000_000) == rows.micro(seconds)


@pytest.mark.parametrize("body", [b"", b"S1"])
def test_message_row(body: bytes) -> None:
    value = rows.pack_message(envelope("A1", 77, 5.25, 3), body)
    row = rows.unpack_message(value, b"A1")
    assert (row.due, row.size, row.recipients, row.body, row.staged) == (5_250_000, 77, 3, body or b"A1", bool(body))
    assert row.envelope(b"A1") == envelope("A1", 77, 5.25, 3)


def test_every_flipped_bit_is_seen() -> None:
    value = rows.pack_message(envelope("A1"), b"")
    for position in range(len(value)):
        for bit in range(8):
            bad = bytearray(value)
            bad[position] ^= 1 << bit
            with pytest.raises(CorruptRow):
                rows.unpack_message(bytes(bad), b"A1")


def test_every_truncation_is_seen() -> None:
    value = rows.pack_message(envelope("A1"), b"")
    for size in range(len(value)):
        with pytest.raises(CorruptRow):
            rows.unpack_message(value[:size], b"A1")


def test_a_row_under_another_id() -> None:
    row = rows.unpack_message(rows.pack_message(envelope("A1"), b""), b"A2")
    with pytest.raises(CorruptRow):
        row.envelope(b"A2")


@pytest.mark.parametrize("payload", [b"", b"\xc0", b"\x93\x01\x02", b"\x91\x0b", b"\x94\x0a\x01\x02\x03"])
def test_sound_checksum_over_nonsense(payload: bytes) -> None:
    with pytest.raises(CorruptRow):
        rows.unpack_record(rows.seal(payload), State)
    with pytest.raises(CorruptRow):
        rows.unpack_message(rows.seal(payload), b"A1")


def test_holder() -> None:
    holder = rows.Holder(rows.CLAIMED, 5, 6, 7, b"A1")
    assert rows.unpack_holder(holder.pack()) == holder
    with pytest.raises(CorruptRow):
        rows.unpack_holder(b"x")


def test_a_slice_fills_whole_pages() -> None:
    assert rows.SLICE + 4 + 16 == 16 * 4096


def test_a_row_stored_by_the_first_version_stays_readable() -> None:
    known = bytes.fromhex(KNOWN)
    row = rows.unpack_message(known, b"A1")
    assert row.envelope(b"A1") == envelope("A1")


KNOWN = (
    "014ccd5ede000000003b9aca00000000000000000500000001009f03a24131cb408f400000000000c411616c696365406c61"
    "622e6578616d706c65919501c4117573657230406c61622e6578616d706c65c40000c400059b02a0a0a0a0a0a0a0a0a0a0a4"
    "376269740000c400a0a672656d6f7465c400c400"
)
