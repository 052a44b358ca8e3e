"""Charsets by their registered names; what they cannot decode is a ValueError."""

import pytest

from pymaster.proto.imap.charsets import BADCHARSET, decoder


@pytest.mark.parametrize(
    ("charset", "text", "wanted"),
    [
        (b"us-ascii", b"abc", "abc"),
        (b"US-ASCII", b"\xc3\xa4", "ä"),
        (b"utf-8", b"\xc3\xa4", "ä"),
        (b"latin1", b"\xe4", "ä"),
        (b"Windows-1252", b"\x80", "€"),
        (b"KOI8-R", b"\xc1", "а"),
        (b"Shift_JIS", b"\x83\x65", "テ"),
    ],
)
def test_decodes(charset: bytes, text: bytes, wanted: str) -> None:
    decode = decoder(charset)
    assert decode is not None and decode(text) == wanted


@pytest.mark.parametrize("charset", [b"", b"x-none", b"rot13", b"unicode_escape", b"punycode", b"UTF-16"])
def test_no_other_codec(charset: bytes) -> None:
    assert decoder(charset) is None


def test_every_listed_charset_is_known() -> None:
    names = BADCHARSET[len(b"BADCHARSET (") : -1].split(b" ")
    assert names[:2] == [b"US-ASCII", b"UTF-8"]
    for name in names:
        decode = decoder(name)
        assert decode is not None and decode(b"abc") == "abc"


def test_bad_bytes() -> None:
    decode = decoder(b"UTF-8")
    assert decode is not None
    with pytest.raises(ValueError):
        decode(b"\xff")
