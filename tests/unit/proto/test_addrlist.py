"""Addresses in headers, found in place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.addrlist import _find, find, replace
from tests.cost import cpu


def test_forms() -> None:
    text = b' "Doe, J" <j@x>, (c (d)) bob @ y, grp: a@b, c; "x\n y"@z, foo bar (hi), <@r:q@w>, <>\n'
    assert [s.address for s in find(text)] == [b"j@x", b"bob@y", b"a@b", b"c", b"x y@z", b"foo bar", b"q@w"]


def test_replacing_leaves_the_rest_byte_exact() -> None:
    text = b" Joe (at home)\n\t<joe> , ann (x)\n"
    changes = [(spot, spot.address + b"@here") for spot in find(text)]
    assert replace(text, changes) == b" Joe (at home)\n\t<joe@here> , ann@here (x)\n"


def test_groups_and_junk() -> None:
    assert find(b" undisclosed-recipients:;\n") == []
    assert [s.address for s in find(b" a@b c@d, \x00x@y, <u@v")] == [b"a@b c@d", b"u@v"]


@given(st.binary(max_size=300))
def test_identity(data: bytes) -> None:
    assert replace(data, []) == data
    last = 0
    for spot in find(data):
        assert last <= spot.start < spot.end <= len(data)
        last = spot.end


@pytest.mark.parametrize("piece", [b"(", b'"', b"a@b,", b"<", b"g:", b"((a) ", b"\\"])
def test_doubling_the_text_doubles_the_time(piece: bytes) -> None:
    def cost(size: int) -> float:
        data = (piece * size)[:size]
        return cpu(lambda: find(data, 1_000_000), 3)

    small, large = cost(50_000), cost(200_000)
    assert large < 12 * small + 0.02


_PIECES = ["a", "b-c", ".", "@", "<", ">", " ", "\t", "\n", '"x y"', '"a@b"', ",", ":", "J_D", "d9.e", "(c)", "="]


@given(st.lists(st.sampled_from(_PIECES), max_size=9))
def test_the_short_way_finds_the_same(pieces: list[str]) -> None:
    data = "".join(pieces).encode()
    assert find(data) == _find(data, 10240)


@pytest.mark.parametrize(
    "data", [b" a.b@c.d\n", b" J. D <a@c>\n", b' "J. (D)" <a+x@c.d>\n', b"\tDoe <a@c> \n", b"<a@c>"]
)
def test_one_address_among_its_ornaments(data: bytes) -> None:
    (spot,) = find(data)
    assert [spot] == _find(data, 10240)
    assert data[spot.start : spot.end] == spot.address


def test_token_limit() -> None:
    assert len(find(b"a@b," * 10_000, 10_240)) < 2600
