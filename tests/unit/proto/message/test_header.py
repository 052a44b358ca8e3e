"""The header section on bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message import header
from tests.cost import cpu


def test_scan() -> None:
    block = b"A: 1\nB-c :\n 2\n\t3\nX:\n\nbody: no\n"
    found, pos = header.scan(block)
    assert [(h.name, block[h.start : h.end]) for h in found] == [
        (b"a", b"A: 1\n"),
        (b"b-c", b"B-c :\n 2\n\t3\n"),
        (b"x", b"X:\n"),
    ]
    assert block[pos:] == b"\nbody: no\n"
    assert header.value_of(block, found[1]) == b"2\n\t3"
    assert header.unfold(b"2\n\t3") == b"2\t3"


@pytest.mark.parametrize("block", [b"", b"\n", b"no colon\n", b" folded\n", b": empty name\n", b"Unfinished: x"])
def test_nothing(block: bytes) -> None:
    assert header.scan(block) == ([], 0)
    assert header.first(block, 0) is None


def test_first_and_is_header() -> None:
    assert header.first(b"x\nA: b\n", 2) == (b"a", 2, 7, 4)
    assert (
        header.is_header(b"A:")
        and header.is_header(b"A \t:x")
        and not header.is_header(b"A b:")
        and not header.is_header(b"\xc3\xa9:")
    )


@given(st.binary(max_size=300))
def test_pieces_are_the_whole(block: bytes) -> None:
    found, pos = header.scan(block)
    assert b"".join(block[h.start : h.end] for h in found) + block[pos:] == block
    for item in found:
        assert item.start < item.value <= item.end and b":" in block[item.start : item.value]


@pytest.mark.parametrize("piece", [b"A: b\n", b"a", b"A:\n \n \n", b" ", b"\t:", b"A: " + b"x" * 300 + b"\n"])
def test_linear_time(piece: bytes) -> None:
    def cost(size: int) -> float:
        data = (piece * size)[:size]
        return cpu(lambda: header.scan(data), 3)

    assert cost(800_000) < 12 * cost(200_000) + 0.02
