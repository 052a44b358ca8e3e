"""Strings of IMAP: quoted, literal, NIL."""

from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message.nstring import QUOTED_LIMIT, nstring, string
from tests.unit.proto.message.lab import read


def test_forms() -> None:
    assert string(b"") == b'""' and string(b"a b\t") == b'"a b\t"' and nstring(None) == b"NIL"
    assert string(b'a"b\\c') == b'"a\\"b\\\\c"'
    assert string(b"\xff\0\r") == b"{3}\r\n\xff\x80\r"
    assert string(b"\n") == b"{1}\r\n\n"
    assert string(b"x" * (QUOTED_LIMIT + 1)) == b"{1001}\r\n" + b"x" * 1001


@given(st.binary())
def test_read_back(value: bytes) -> None:
    assert read(b"(%s)" % string(value)) == [value.replace(b"\0", b"\x80")]
