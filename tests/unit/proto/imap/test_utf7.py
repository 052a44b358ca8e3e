"""Modified UTF-7: RFC 3501's examples, one spelling for each name, and bytes that are no name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap.utf7 import decode_utf7, encode_utf7

PAIRS = [
    ("", b""),
    ("INBOX", b"INBOX"),
    ("Entwürfe", b"Entw&APw-rfe"),
    ("A & B", b"A &- B"),
    ("~peter/mail/台北/日本語", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
    ("☺!", b"&Jjo-!"),
    ("ü&ö", b"&APw-&-&APY-"),
    ("&&", b"&-&-"),
    ("\U0001f600", b"&2D3eAA-"),
    ("a\tb", b"a&AAk-b"),
    ("-", b"-"),
]


@pytest.mark.parametrize(("text", "coded"), PAIRS)
def test_both_ways(text: str, coded: bytes) -> None:
    assert encode_utf7(text) == coded
    assert decode_utf7(coded) == text


@pytest.mark.parametrize(
    "coded",
    [
        b"&", b"a&b", b"&Jjo", b"&Jjo!", b"&AGE-", b"&Jjo-&Jjo-", b"&Jj-", b"&J-", b"&2D0-", b"&3gA-", b"&Jjp-", b"&U,BTFw", b"\xff", b"\xc3\xbc",
        b"&AGEAYg-", b"a\tb", b"a\0", b"&====-", b"&AA-", b"&ACY-", b"\x7f", b"&Jjo=-",
    ],
)  # fmt: skip
def test_bad(coded: bytes) -> None:
    with pytest.raises(ValueError):
        decode_utf7(coded)


@given(st.text(max_size=40))
def test_every_text_comes_back(text: str) -> None:
    coded = encode_utf7(text)
    assert coded.isascii()
    assert all(32 <= byte < 127 for byte in coded)
    assert decode_utf7(coded) == text


@given(st.binary(max_size=40) | st.text("&-AJjo,+/ab", max_size=20).map(str.encode))
def test_any_bytes(coded: bytes) -> None:
    try:
        text = decode_utf7(coded)
    except ValueError:
        return
    assert encode_utf7(text) == coded


def test_a_name_from_disk_that_is_no_text_can_be_told() -> None:
    assert encode_utf7("a\udcff") == b"a&3P8-"
