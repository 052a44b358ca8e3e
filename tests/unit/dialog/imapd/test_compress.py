"""The deflating stream: whole answers, bounded inflation, garbage, ends."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.dialog.imapd.compress import PORTION, Deflated
from pymaster.dialog.imapd.handed import Woken
from pymaster.util.clock import ManualClock
from pymaster.util.errors import ConnectionLost
from tests.unit.dialog.imapd.lab import FakeIo, Piece


def over(*pieces: Piece, rest: bytes = b"") -> tuple[Deflated, FakeIo]:
    io = FakeIo(pieces, ManualClock())
    return Deflated(io, rest), io


def deflate(data: bytes, mode: int = zlib.Z_SYNC_FLUSH) -> bytes:
    made = zlib.compressobj(9, zlib.DEFLATED, -15)
    return made.compress(data) + made.flush(mode)


def test_each_send_is_a_whole_answer() -> None:
    stream, io = over()
    inflate = zlib.decompressobj(-15)
    for text in (b"* OK\r\n", b"a OK done\r\n" * 10000, b"x"):
        before = len(io.sent)
        stream.send(text, 2000)
        assert inflate.decompress(b"".join(io.sent[before:])) == text
    assert sum(map(len, io.sent)) < 2000


def test_input_in_any_pieces_and_what_had_come_already() -> None:
    data = deflate(b"a NOOP\r\nb NOOP\r\n")
    stream, _ = over(*[data[n : n + 1] for n in range(4, len(data))], rest=data[:4])
    got = b""
    while block := stream.recv(2000):
        got += block
    assert got == b"a NOOP\r\nb NOOP\r\n"


def test_a_bomb_comes_out_in_portions() -> None:
    stream, io = over(deflate(b"x" * (20 << 20)))
    total = 0
    while block := stream.recv(2000):
        assert len(block) <= PORTION
        total += len(block)
    assert total == 20 << 20
    assert io.position == 1


def test_garbage_and_the_end_of_the_stream() -> None:
    stream, _ = over(b"\xff\xff\xff\xff")
    with pytest.raises(ConnectionLost):
        stream.recv(2000)
    stream, _ = over(deflate(b"bye", zlib.Z_FINISH) + b"more", b"more")
    assert stream.recv(2000) == b"bye"
    assert stream.recv(2000) == b""
    stream, _ = over()
    assert stream.recv(2000) == b""


def test_waking_goes_through() -> None:
    stream, _ = over(b"")
    stream.wake()
    with pytest.raises(Woken):
        stream.recv(2000)


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=6))
def test_any_input_ends(pieces: list[bytes]) -> None:
    stream, _ = over(*pieces)
    try:
        for _ in range(10000):
            if not stream.recv(2000):
                return
    except ConnectionLost:
        return
    raise AssertionError("no end")
