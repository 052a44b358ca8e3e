"""Content-Disposition values."""

from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message.disposition import NONE, disposition


def test_values() -> None:
    assert disposition(b"inline") == (b"inline", False, b'("inline" NIL)')
    found = disposition(b'Attachment; FileName="a b.txt"; size=1')
    assert found == (b"attachment", True, b'("Attachment" ("FileName" "a b.txt" "size" "1"))')
    assert disposition(b"x; filename*0=a; filename*1*=%20").printed == b'("x" ("filename*" "\'\'a%20"))'
    assert disposition(b"(c) inline (d)").word == b"inline"


def test_no_value() -> None:
    for value in (b"", b";", b"; filename=x", b"(x", b"\xff"):
        assert disposition(value) == NONE


@given(st.binary())
def test_never_raises(value: bytes) -> None:
    disposition(value)
