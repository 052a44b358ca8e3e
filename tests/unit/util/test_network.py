"""Addresses and networks as numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.util.network import BadNetwork, Network, parse_address, parse_network


def test_addresses() -> None:
    assert parse_address("192.0.2.1") == (0xC0000201, 32)
    assert parse_address("::1") == (1, 128)
    for bad in ("", "1.2.3", "010.0.0.1", "1.2.3.4.5", "::1%lo", "x", "1_0.0.0.1", "٣.0.0.1", ":" * 70):
        assert parse_address(bad) is None


def test_networks() -> None:
    assert parse_network("10.0.0.0/8") == Network(10 << 24, 8, 32)
    assert parse_network("[::1]/128") == parse_network("::1") == parse_network("[::1]")
    net = parse_network("10.0.0.0/8")
    assert net.holds(0x0A010203, 32)
    assert not net.holds(0x0B000000, 32)
    assert not net.holds(0x0A010203, 128)
    assert parse_network("0.0.0.0/0").holds(7, 32)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10.0.0.1/8", 'non-null host address bits in "10.0.0.1/8", perhaps you should use "10.0.0.0/8" instead'),
        ("1.2.3.4/33", 'bad mask length in "1.2.3.4/33"'),
        ("1.2.3", 'bad address pattern: "1.2.3"'),
        ("1.2.3/8", 'bad net/mask pattern: "1.2.3/8"'),
        ("1.2.3.4/x", 'bad net/mask pattern: "1.2.3.4/x"'),
        ("[::1", "missing ']' character after \"[::1\""),
        ("[::1]x", "missing ']' character after \"[::1]x\""),
    ],
)
def test_bad_networks(text: str, message: str) -> None:
    with pytest.raises(BadNetwork) as caught:
        parse_network(text)
    assert str(caught.value) == message


@given(st.text(max_size=40))
def test_any_text(text: str) -> None:
    try:
        parse_network(text)
    except BadNetwork:
        assert parse_address(text) is None
