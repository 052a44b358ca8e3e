"""Tokens of addresses."""

from pymaster.proto.addrtoken import LITERAL, QUOTED, SPECIAL, WORD, scan, skip_comment, unquote


def test_kinds_and_spacing() -> None:
    found = scan(b'a "b\\"" (c (d)) @[1.2]', 100)
    assert [(t.kind, t.value, t.spaced) for t in found] == [
        (WORD, b"a", False),
        (QUOTED, b'b"', True),
        (SPECIAL, b"@", True),
        (LITERAL, b"[1.2]", False),
    ]


def test_limit() -> None:
    assert len(scan(b"a," * 100, 7)) == 7


def test_comments_nest_and_may_lack_their_end() -> None:
    assert skip_comment(b"(a(b\\)c)d)e", 0) == 10
    assert skip_comment(b"(((", 0) == 3


def test_unquote() -> None:
    assert unquote(b'"a\n b"') == b"a b"
    assert unquote(b'"') == b""
