"""A message as keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.commands.messagekeys import message_keys

MIME = (
    b"SUBJECT: x\n folded\nContent-Type: multipart/mixed; boundary=b\n\npre\n--b\nContent-Type: text/plain\n\nbody\n"
    b"--b\nContent-Type: message/rfc822\n\nSubject: inner\n\ninbody\n--b--\npost\n"
)


def keys(data: bytes, flags: str) -> list[bytes]:
    return list(message_keys(data, header="h" in flags, body="b" in flags, mime="m" in flags))


def test_headers() -> None:
    first = [b"SUBJECT: x\n folded", b"Content-Type: multipart/mixed; boundary=b"]
    assert keys(MIME, "h") == first
    assert keys(MIME, "hm") == [
        *first,
        b"Content-Type: text/plain",
        b"Content-Type: message/rfc822",
        b"Subject: inner",
    ]


def test_bodies() -> None:
    assert keys(MIME, "bm") == [
        *(b"", b"pre", b"--b", b"", b"body", b"--b", b"", b"", b"inbody", b"--b--", b"post"),
    ]
    assert keys(b"X: y\n z\nnot header\nA: b\n", "hb") == [b"X: y\n z", b"", b"not header", b"A: b"]
    assert keys(b"\nbody\n", "b") == [b"", b"body"]


@pytest.mark.parametrize("flags", ["h", "b", "hbm"])
def test_nothing(flags: str) -> None:
    assert keys(b"", flags) == []


@given(st.binary(max_size=300), st.sampled_from(["h", "b", "hb", "hm", "bm", "hbm"]))
def test_any_bytes(data: bytes, flags: str) -> None:
    keys(data, flags)
