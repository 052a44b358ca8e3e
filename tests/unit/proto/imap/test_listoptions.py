"""Arguments of LIST: every option, and bytes that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.listoptions import MAX_PATTERNS, ListRequest, list_request


def parse(text: bytes) -> ListRequest:
    return list_request(Cursor([b" " + text], []))


def test_basic() -> None:
    assert parse(b'"" "*"') == ListRequest(b"", (b"*",))
    assert parse(b"~/x %") == ListRequest(b"~/x", (b"%",))
    assert parse(b'"" ""') == ListRequest(b"", (b"",))


def test_selection() -> None:
    found = parse(b'(SUBSCRIBED remote RECURSIVEMATCH special-use) "" *')
    assert found.only_subscribed
    assert found.remote
    assert found.recursive
    assert found.only_special
    assert found.extended
    assert parse(b'() "" *') == ListRequest(b"", (b"*",), extended=True)


def test_patterns_and_return() -> None:
    found = parse(b'"" (INBOX "a b" %x) RETURN (CHILDREN STATUS (UNSEEN) SUBSCRIBED SPECIAL-USE MYRIGHTS)')
    assert found.patterns == (b"INBOX", b"a b", b"%x")
    assert found.status == (b"UNSEEN",)
    assert found.children
    assert found.subscribed
    assert found.special
    assert found.rights
    assert parse(b'"" * RETURN ()').extended


def test_metadata() -> None:
    assert parse(b'"" * RETURN (METADATA (/shared/A "/private/b"))').entries == (b"/shared/a", b"/private/b")
    assert parse(b'"" * RETURN (METADATA /shared/a)').entries == (b"/shared/a",)


@pytest.mark.parametrize(
    "text",
    [
        b"", b'""', b'"" ', b'"" * ', b'"" * RETURN', b'"" * RETURN (', b'"" * RETURN (FOO)', b'"" * CHILDREN', b'"" ()', b'"" (a',
        b'(FOO) "" *', b'(SUBSCRIBED RECURSIVEMATCH "" *', b'(RECURSIVEMATCH) "" *', b'(RECURSIVEMATCH SPECIAL-USE) "" *',
        b'"" * RETURN (STATUS)', b'"" * RETURN (STATUS ())', b'"" * RETURN (METADATA x)', b'"" * RETURN (METADATA)', b'"" ("*" {3}',
        b'"" (' + b" ".join([b"*"] * (MAX_PATTERNS + 1)) + b")",
        b'"" * RETURN (METADATA (' + b" ".join([b"/shared/%d" % n for n in range(200)]) + b"))",
    ],
)  # fmt: skip
def test_bad(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        parse(text)


WORDS = st.sampled_from(
    [
        b"(",
        b")",
        b" ",
        b'""',
        b"*",
        b"RETURN",
        b"STATUS",
        b"MESSAGES",
        b"SUBSCRIBED",
        b"METADATA",
        b"/shared/a",
        b"x",
        b"{3}",
        b'"',
    ]
)


@given(st.lists(WORDS, max_size=16).map(b"".join) | st.binary(max_size=60))
def test_any_bytes(text: bytes) -> None:
    try:
        found = parse(text)
    except BadSyntax:
        return
    assert found.patterns
