"""BDAT: arguments and chunks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.smtp.bdat import ChunkReceiver, arguments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"5", (5, False)), (b"0 LAST", (0, True)), (b"10 last", (10, True)), (b"10  LAST", (10, True)),
        (b"", None), (b"1_0", None), (b"+5", None), (b"-1", None), (b"5 LAST x", None), (b"5 FIRST", None),
        (b"18446744073709551616", None), ("\u0665".encode(), None), (b"0x10", None),
    ],
)  # fmt: skip
def test_arguments(text: bytes, expected: tuple[int, bool] | None) -> None:
    assert arguments(text) == expected


def test_chunks_and_what_follows() -> None:
    receiver = ChunkReceiver()
    receiver.begin(7)
    assert receiver.feed(b"a\r\n") == b"a\n"
    assert receiver.missing == 4
    assert receiver.feed(b".\r\nbBDAT 0 LAST\r\n") == b".\nb"
    assert (receiver.missing, receiver.rest) == (0, b"BDAT 0 LAST\r\n")
    assert receiver.finish() == b""
    assert receiver.size == 7


def test_a_line_end_may_straddle_chunks() -> None:
    receiver = ChunkReceiver()
    receiver.begin(2)
    assert receiver.feed(b"a\r") == b"a"
    receiver.begin(2)
    assert receiver.feed(b"\nb") == b"\nb"
    receiver.begin(2)
    assert receiver.feed(b"c\r") == b"c"
    assert receiver.finish() == b" "


def test_bare_line_feeds() -> None:
    receiver = ChunkReceiver(watch_bare_lf=True)
    receiver.begin(4)
    receiver.feed(b"a\r\n")
    assert not receiver.bare_lf
    receiver.feed(b"\n")
    assert receiver.bare_lf


@given(st.binary(max_size=60), st.integers(1, 7))
def test_splits_never_matter(data: bytes, step: int) -> None:
    one, many = ChunkReceiver(), ChunkReceiver()
    one.begin(len(data))
    expected = one.feed(data) + one.finish()
    got = b""
    for start in range(0, len(data), step):
        piece = data[start : start + step]
        many.begin(len(piece))
        got += many.feed(piece)
    assert got + many.finish() == expected
