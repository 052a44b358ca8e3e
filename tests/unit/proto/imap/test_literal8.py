"""Binary messages made fit for lines: the parts come out of BINARY as they came."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap.literal8 import base64, fit, leaves
from pymaster.proto.message import transfer
from pymaster.proto.message.parttree import BASE64, find, unpack
from pymaster.proto.message.summary import summarize

BINARY = b"Content-Type: image/gif\r\nContent-Transfer-Encoding:\r\n binary\r\nX: y\r\n\r\n"


def part(wire: bytes, *path: int) -> bytes:
    found = find(unpack(summarize(wire).parts), path)
    assert found is not None
    return transfer.decoded(wire[found.body : found.end], found.encoding)


def test_what_is_fit_stays() -> None:
    wire = b"Subject: x\r\n\r\nbody\xff\r\n"
    assert fit(wire) is wire
    assert fit(b"") == b""


def test_a_binary_message() -> None:
    data = bytes(range(256)) * 3
    wire = fit(BINARY + data)
    assert b"\0" not in wire and b"\r\n".join(wire.split(b"\r\n")) == wire
    assert wire.startswith(b"Content-Type: image/gif\r\nContent-Transfer-Encoding: base64\r\nX: y\r\n\r\n")
    assert max(map(len, wire.split(b"\r\n"))) <= 76
    assert part(wire, 1) == data


def test_a_part_among_others() -> None:
    wire = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b\r\n"
        b"Content-Type: image/gif\r\n\r\na\0\n\rb\r\n--b--\r\n"
    )
    made = fit(wire)
    assert made == (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b\r\n"
        b"Content-Transfer-Encoding: base64\r\nContent-Type: image/gif\r\n\r\nYQAKDWI=\r\n--b--\r\n"
    )
    assert part(made, 2) == b"a\0\n\rb"


def test_nul_elsewhere_is_refused() -> None:
    for wire in (b"X: \0\r\n\r\nbody", b"Content-Type: image/gif\r\nContent-Transfer-Encoding: base64\r\n\r\na\0b"):
        with pytest.raises(ValueError):
            fit(wire)


def test_leaves_and_lines() -> None:
    assert base64(b"") == b""
    assert base64(b"x" * 58).split(b"\r\n") == [b"eHh4" * 19, b"eA=="]
    assert len(leaves(unpack(summarize(b"a: b\r\n\r\nc").parts))) == 1


@given(st.binary(max_size=300))
def test_any_octets(data: bytes) -> None:
    wire = fit(BINARY + b"\0" + data)
    assert part(wire, 1) == b"\0" + data
    root = unpack(summarize(wire).parts)
    assert root.encoding == BASE64


@given(
    st.lists(
        st.sampled_from(
            [
                b"--b\r\n",
                b"--b--\r\n",
                b"\r\n",
                b"\0",
                b"Content-Type: multipart/mixed; boundary=b\r\n",
                b"x: y\r\n",
                b"a\nb",
                b"Content-Type: message/rfc822\r\n",
            ]
        ),
        max_size=12,
    )
)
def test_anything(parts: list[bytes]) -> None:
    try:
        assert b"\0" not in fit(b"".join(parts))
    except ValueError:
        return
