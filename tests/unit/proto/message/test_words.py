"""Encoded words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message.words import decode_words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"plain", "plain"),
        (b"=?ISO-8859-1?Q?a?=", "a"),
        (b"=?ISO-8859-1?Q?a?= b", "a b"),
        (b"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
        (b"=?ISO-8859-1?Q?a?=\r\n     =?ISO-8859-2?Q?b?=", "ab"),
        (b"=?ISO-8859-1?Q?a_b?=", "a b"),
        (b"=?utf-8*en?b?w6Q=?=", "ä"),
        (b"=?utf-8?b?w6Q?= x", "ä x"),
        (b"=?utf-8?q?=C3?= =?UTF-8?q?=A4?=", "ä"),
        (b"=?utf-8?b?w6?==?utf-8?b?Qx?=", "\ufffdC"),
        (b"a=?utf-8?q?b?=c", "abc"),
        (b"=?utf-8?q?two words?=", "two words"),
        (b"=?nonsense?q?=E4?=", "ä"),
        (b"=?utf-8?x?a?= =?utf-8?q?a", "=?utf-8?x?a?= =?utf-8?q?a"),
        (b"\xc3\xa4 =?utf-8?q?=zz=4?= \xe4", "ä =zz=4 ä"),
        (b"a\r\n b\tc", "a b\tc"),
        (b"=?utf-8?q??=", ""),
    ],
)
def test_decode(value: bytes, text: str) -> None:
    assert decode_words(value) == text


@given(st.lists(st.sampled_from([b"=?", b"?=", b"?q?", b"?b?", b"utf-8", b"utf-7", b"=C3", b"w6Q=", b" ", b"\r\n ", b"\xff"])).map(b"".join) | st.binary())  # fmt: skip
def test_never_raises(value: bytes) -> None:
    decode_words(value).encode()
