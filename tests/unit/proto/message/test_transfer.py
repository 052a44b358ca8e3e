"""Transfer encodings undone."""

import base64 as standard
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message.parttree import BASE64, IDENTITY, QUOTED_PRINTABLE, UNKNOWN
from pymaster.proto.message.transfer import base64, decoded, quoted_printable


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", b""), (b"QUJD", b"ABC"), (b"QU\r\nJ D", b"ABC"), (b"QUI=", b"AB"), (b"QUI", b"AB"), (b"QQ", b"A"), (b"Q", b""),
     (b"Q=UJD", b""), (b"QUI=QUJD", b"AB"), (b"\xff-Q!Q*", b"A")],
)  # fmt: skip
def test_base64(data: bytes, text: bytes) -> None:
    assert base64(data) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a b\r\n", b"a b\r\n"),
        (b"a=3D=e4\r\n", b"a=\xe4\r\n"),
        (b"soft=\r\nbreak= \t\r\n.", b"softbreak."),
        (b"blanks \t\r\nb ", b"blanks\r\nb"),
        (b"=41 \t\r\nb", b"A\r\nb"),
        (b"=zz =4 =", b"=zz =4 "),
        (b"=\rkept\r\n", b"=\rkept\r\n"),
        (b"\0=00", b"\0\0"),
    ],
)
def test_quoted_printable(data: bytes, text: bytes) -> None:
    assert quoted_printable(data) == text


@given(st.binary())
def test_round_trips(data: bytes) -> None:
    assert decoded(standard.encodebytes(data), BASE64) == data
    text = data.replace(b"\r", b"")
    assert decoded(quopri.encodestring(text, quotetabs=True), QUOTED_PRINTABLE) == text
    assert decoded(data, IDENTITY) == decoded(data, UNKNOWN) == data
    base64(data)
    quoted_printable(data)
