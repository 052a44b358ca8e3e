"""Charsets of any name, known or not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message.charset import _KNOWN, codec, decode, guess, shows_ascii


@pytest.mark.parametrize(
    ("data", "name", "text"),
    [
        (b"\xc3\xa4", b"UTF-8", "ä"),
        (b"\xe4\x80", b"iso-8859-1", "ä€"),
        (b"\xe4", b"'ISO_8859-15'", "ä"),
        (b"\xb0\xa1", b"GB2312", "啊"),
        (b"\x82\xa0", b"Shift_JIS", "あ"),
        (b"\x1b$B$\"\x1b(B", b"ISO-2022-JP", "あ"),
        (b"\xb0\xa1", b"ks_c_5601-1987", "가"),
        (b"\xc1", b"koi8-r", "а"),
        (b"+AOQ-", b"utf-7", "ä"),
        (b"\xc3\xa4", b"us-ascii", "ä"),
        (b"\xe4", b"us-ascii", "ä"),
        (b"\xe4", b"unknown-8bit", "ä"),
        (b"\xe4", b"", "ä"),
        (b"a\xff\x81", b"utf-8", "a\ufffd\ufffd"),
    ],
)  # fmt: skip
def test_decode(data: bytes, name: bytes, text: str) -> None:
    assert decode(data, name) == text


@pytest.mark.parametrize(
    "name", [b"idna", b"punycode", b"unicode_escape", b"hex", b"zlib", b"rot13", b"base64", b"x" * 99, b"\xff"]
)
def test_what_is_no_charset(name: bytes) -> None:
    assert codec(name) is None


def test_shifting_charsets() -> None:
    assert shows_ascii(b"utf-8") and shows_ascii(b"koi8-r") and shows_ascii(b"unknown")
    assert not shows_ascii(b"utf-7") and not shows_ascii(b"iso-2022-jp") and not shows_ascii(b"UTF-16LE")
    text = bytes(range(32, 127))
    for name in _KNOWN:
        if shows_ascii(name.encode()) and decode(text, name.encode()) != text.decode():
            # Some replace a few signs; letters and digits stay.
            assert [c for c in decode(text, name.encode()) if c.isalnum()] == [
                c for c in text.decode() if c.isalnum()
            ], name


@given(st.sampled_from(sorted(_KNOWN)), st.binary(max_size=40))
def test_every_charset_reads_anything_and_can_be_written(name: str, data: bytes) -> None:
    decode(data, name.encode()).encode()
    guess(data).encode()
