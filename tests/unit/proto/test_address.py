"""Paths of the envelope: forms, refusals, quoting, linear time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto import address


@pytest.mark.parametrize(
    ("text", "want"),
    [
        (b"<a@b>", b"a@b"),
        (b"<>", b""),
        (b"a@b", b"a@b"),
        (b"<@x,@y:u@c>", b"u@c"),
        (b'<"a b"@c>', b"a b@c"),
        (b'<"a\\"b\\\\"@c>', b'a"b\\@c'),
        (b'<""@c>', b"@c"),
        (b'"victim@third.test"@example.test', b"victim@third.test@example.test"),
        (b"<victim(@third.test)@example.test>", b"victim@example.test"),
        (b"<victim\\@third.test@example.test>", b"victim@third.test@example.test"),
        (b"<u@[IPv6:::1]>", b"u@[IPv6:::1]"),
        (b"Foo Bar <a@b>", b"a@b"),
        (b"<postmaster>", b"postmaster"),
        (b"<a!b%c@d>", b"a!b%c@d"),
        (b"", None),
        (b"<a@b", None),
        (b"<a@b> x", None),
        (b"<a@b><c@d>", None),
        (b"<a@b\0>", None),
        (b'<"a\r\nRCPT TO:<x>"@b>', None),
        (b"<" + b"a" * 5000 + b"@b>", None),
        (b"<:include:/etc/passwd@e>", None),
    ],
)
def test_path(text: bytes, want: bytes | None) -> None:
    assert address.parse_path(text) == want


@pytest.mark.parametrize("text", [b"a@b", b"Foo <a@b>", b"<a(c)@b>", b"<a b@c>", b"<a@b@c>"])
def test_strict_refuses_what_rfc_821_does_not_know(text: bytes) -> None:
    assert address.parse_path(text, strict=True) is None


@pytest.mark.parametrize("text", [b"<a@b>", b"<>", b'<"a b"@c.d>', b"<@x:u@c>", b"<postmaster>", b"<u@[1.2.3.4]>"])
def test_strict_takes_paths(text: bytes) -> None:
    assert address.parse_path(text, strict=True) is not None


def test_split_and_quote() -> None:
    assert address.split(b"a@b@c") == (b"a@b", b"c")
    assert address.split(b"a") == (b"a", None)
    assert address.quote_local(b"a b@c") == b'"a b"@c'
    assert address.quote_local(b"") == b""
    assert address.quote_local(b"@c") == b'""@c'
    assert address.quote_local(b".a@c") == b'".a"@c'
    assert address.quote_local(b"a\r\nb@c") == b'"a??b"@c'


def test_split_path() -> None:
    assert address.split_path(b'<"a b"@c> SIZE=1 BODY=8BITMIME') == (b'<"a b"@c>', b"SIZE=1 BODY=8BITMIME")
    assert address.split_path(b"<a@b>") == (b"<a@b>", b"")


@given(st.binary(max_size=60))
def test_any_local_part_survives_quoting(local: bytes) -> None:
    if any(c in local for c in b"\0\r\n"):
        return
    internal = local + b"@example.test"
    assert address.parse_path(b"<" + address.quote_local(internal) + b">") == internal
    assert address.parse_mailbox(address.quote_local(internal)) == internal


@given(st.binary(max_size=200))
def test_never_a_line_end_never_a_crash(data: bytes) -> None:
    for found in (address.parse_path(data), address.parse_path(b"<" + data + b">"), address.parse_mailbox(data)):
        assert found is None or not any(c in found for c in b"\0\r\n")


@pytest.mark.parametrize("piece", [b"(", b'"', b"\\", b"a.", b"<", b"@a,", b"[", b'"\\"'])
def test_linear_time(piece: bytes) -> None:
    start = time.perf_counter()
    for _ in range(20):
        address.parse_path(b"<" + (piece * 4000)[:4000] + b"@b>")
    assert time.perf_counter() - start < 1.0
