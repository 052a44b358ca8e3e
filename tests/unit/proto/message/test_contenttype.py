"""Content-Type values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message.contenttype import BOUNDARY_LIMIT, OPAQUE, PLAIN, RFC822, content_type


def test_parts_of_a_type() -> None:
    found = content_type(b'Multipart/Mixed; BOUNDARY="a b "; charset=X; boundary=c')
    assert found and (found.major, found.minor, found.boundary, found.charset) == (b"multipart", b"mixed", b"a b", b"")
    assert found.params_printed == b'("BOUNDARY" "a b " "charset" "X" "boundary" "c")'
    found = content_type(b"text/HTML; charset=UTF-8; name=x")
    assert found and (found.charset, found.named) == (b"utf-8", True)
    assert found.printed == b'"text" "HTML" ("charset" "UTF-8" "name" "x")'


def test_defaults() -> None:
    found = content_type(b"text/x-y; format=flowed")
    assert found and found.printed == b'"text" "x-y" ("format" "flowed" "charset" "us-ascii")'
    assert found.charset == b"us-ascii"
    assert PLAIN.printed == b'"text" "plain" ("charset" "us-ascii")' and RFC822.printed == b'"message" "rfc822" NIL'
    assert OPAQUE.printed == b'"application" "octet-stream" NIL' and not OPAQUE.charset


@pytest.mark.parametrize("value", [b"", b"text", b"text/", b"/plain", b"; charset=x", b"text plain", b"(", b"\xff/a"])
def test_what_is_no_type(value: bytes) -> None:
    assert content_type(value) is None


def test_tolerated() -> None:
    for value in (b"text / plain", b'"text/plain"', b"(a) text/(b)plain", b" text/plain;"):
        found = content_type(value)
        assert found and (found.major, found.minor) == (b"text", b"plain"), value


def test_a_boundary_too_long_is_none() -> None:
    for size, used in ((BOUNDARY_LIMIT, True), (BOUNDARY_LIMIT + 1, False)):
        found = content_type(b"multipart/mixed; boundary=" + b"b" * size)
        assert found and bool(found.boundary) == used


@given(st.binary())
def test_never_raises(value: bytes) -> None:
    content_type(value)
    content_type(b"text/plain;" + value)
