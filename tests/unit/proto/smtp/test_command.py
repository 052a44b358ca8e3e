"""Command lines: shapes, bounds, hostile bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.smtp import command


def test_verb_and_rest() -> None:
    for line in (b"mail FROM:<a@b>", b"  MAIL  FROM:<a@b> ", b"Mail\tFROM:<a@b>"):
        taken = command.parse(line)
        assert (taken.verb, taken.rest) == (b"MAIL", b"FROM:<a@b>")
    assert command.parse(b"").verb == b""
    assert command.parse(b"NOOP\0").verb == b""
    assert command.parse(b"NO\rOP").verb == b""
    assert command.parse(b"HELO \x1b[0m").verb == b""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"FROM:<a@b.test>", (b"<a@b.test>", b"")),
        (b"from:<>", (b"<>", b"")),
        (b"FROM: <a@b.test> SIZE=1 BODY=7BIT", (b"<a@b.test>", b"SIZE=1 BODY=7BIT")),
        (b'FROM:<"a > b"@c> SIZE=1', (b'<"a > b"@c>', b"SIZE=1")),
        (b"FROM:a@b SIZE=1", (b"a@b", b"SIZE=1")),
        (b"FROM:", None),
        (b"TO:<a@b>", None),
        (b"FROM <a@b>", None),
    ],
)
def test_path_argument(text: bytes, expected: tuple[bytes, bytes] | None) -> None:
    assert command.path_argument(text, b"FROM:") == expected


def test_parameters() -> None:
    assert command.parameters(b"") == []
    assert command.parameters(b"size=10  BODY=8bitmime SMTPUTF8") == [
        (b"SIZE", b"10"),
        (b"BODY", b"8bitmime"),
        (b"SMTPUTF8", None),
    ]
    assert command.parameters(b"ENVID=a=b") == [(b"ENVID", b"a=b")]
    assert command.parameters(b"SIZE=1 =x") == b"=x"
    assert command.parameters(b"x " * 21) == b"x"


def test_numbers_are_digits() -> None:
    assert command.number(b"0012") == 12
    for text in (None, b"", b"1_0", b"+5", b"-1", b" 1", b"9" * 20, "\u0665".encode()):
        assert command.number(text) is None


def test_xtext() -> None:
    assert command.unxtext(b"a+2Bb", 100) == b"a+b"
    assert command.unxtext(b"a+0D+0Ab", 100) == b"a\r\nb"
    assert command.has_control(b"a\r\nb")
    for text in (b"a+2b", b"a=b", b"a b", b"a+2", b"\xff", b"x" * 101):
        assert command.unxtext(text, 100) is None


@given(st.binary(max_size=300))
def test_no_bytes_break_the_parser(line: bytes) -> None:
    taken = command.parse(line)
    assert taken.verb == taken.verb.upper()
    split = command.path_argument(taken.rest, b"TO:")
    if split is not None:
        assert command.parameters(split[1]) is not None
    command.path_argument(b"TO:" + line, b"TO:")
    command.unxtext(line, 100)
    command.number(line)
