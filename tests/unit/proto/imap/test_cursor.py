"""Reading arguments: every kind of token, limits, and bytes that are none."""

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap.cursor import MAX_DEPTH, MAX_ITEMS, BadSyntax, Cursor, Literal, literal_of


def at(line: bytes, *literals: bytes) -> Cursor:
    """A cursor on a line whose literals are written as `@`."""
    parts = line.split(b"@")
    lines = [part + b"{%d}" % len(literal) for part, literal in zip(parts, literals, strict=False)] + [parts[-1]]
    return Cursor(lines, list(literals))


@pytest.mark.parametrize(
    ("line", "size", "sync", "binary"),
    [
        (b"x {5}", 5, True, False),
        (b"{0+}", 0, False, False),
        (b"~{7}", 7, True, True),
        (b"x ~{7+}", 7, False, True),
        (b"a{3}", 3, True, False),
    ],
)
def test_literal_of(line: bytes, size: int, sync: bool, binary: bool) -> None:
    found = literal_of(line)
    assert found is not None
    assert (found.size, found.sync, found.binary) == (size, sync, binary)


@pytest.mark.parametrize(
    "line", [b"", b"x", b"{}", b"{-1}", b"{5_0}", b"{5} ", b"{5}x", b"{+}", b"{5++}", b"5}", b"{123456789012345678901}"]
)
def test_no_literal(line: bytes) -> None:
    assert literal_of(line) is None


def test_astring() -> None:
    for line, value in [
        (b"atom", b"atom"), (b"a]b", b"a]b"), (b'"quo\\"t\\\\ed"', b'quo"t\\ed'), (b'""', b""), (b"~root", b"~root"), (b"NIL", b"NIL"),
        (b'"\xc3\xbc"', b"\xc3\xbc"),
    ]:  # fmt: skip
        args = at(line)
        assert args.astring() == value
        args.end()
    args = at(b"@ next", b"lit\r\neral")
    assert args.astring() == b"lit\r\neral"
    args.sp()
    assert args.astring() == b"next"


@pytest.mark.parametrize(
    "line", [b"", b" a", b"(a", b'"a', b'"a\\x"', b'"a\rb"', b'"a\0b"', b"{3}", b"%", b"*", b"\xff", b"\\a", b"~{3}"]
)
def test_no_astring(line: bytes) -> None:
    with pytest.raises(BadSyntax):
        at(line).astring()


def test_binary_literals_only_where_they_may_be() -> None:
    lines = [b"~{3}", b""]
    assert Cursor(lines, [b"a\0b"]).string(binary=True) == b"a\0b"
    with pytest.raises(BadSyntax):
        Cursor(lines, [b"a\0b"]).string()
    with pytest.raises(BadSyntax):
        at(b"@", b"a\0b").string(binary=True)


def test_nil_is_a_string_only_where_a_string_is_wanted() -> None:
    assert at(b"nil").nstring() is None
    assert at(b'"NIL"').nstring() == b"NIL"
    assert at(b"NIL").astring() == b"NIL"
    with pytest.raises(BadSyntax):
        at(b"atom").nstring()


def test_mailbox_patterns() -> None:
    assert at(b"a%b*").list_mailbox() == b"a%b*"
    assert at(b'"a b%"').list_mailbox() == b"a b%"
    assert at(b"~x").list_mailbox() == b"~x"
    assert at(b"Entw\xc3\xbc").list_mailbox() == b"Entw\xc3\xbc"


def test_numbers() -> None:
    assert at(b"0").number() == 0
    assert at(b"007").number() == 7
    assert at(b"4294967295").nz_number() == 4294967295
    assert at(b"9223372036854775807").number64() == 9223372036854775807
    for line in (b"", b"-1", b"x", b"4294967296", b"99999999999999999999999", b"\xd9\xa1"):
        with pytest.raises(BadSyntax):
            at(line).number()
    for call in (at(b"0").nz_number, at(b"9223372036854775808").number64):
        with pytest.raises(BadSyntax):
            call()


def test_words_flags_and_what_comes_next() -> None:
    args = at(b"fetch \\Seen $Junk rest")
    assert args.peek() == 102
    assert args.word() == b"FETCH"
    args.need(b" ")
    assert args.flag() == b"\\Seen"
    args.sp()
    assert args.flag() == b"$Junk"
    assert args.rest == b" rest"
    assert not args.take(b" X")
    assert args.take(b" REST")
    assert args.at_end
    assert args.peek() == -1
    assert args.rest == b""
    args.end()


def test_refusals_of_small_steps() -> None:
    for call in (
        at(b"x").sp,
        at(b"").sp,
        at(b"x").end,
        lambda: at(b"x").need(b"Y"),
        at(b"[").enter,
        at(b"]").atom,
        at(b"\\").flag,
    ):
        with pytest.raises(BadSyntax):
            call()


def test_end_wants_all_literals_used() -> None:
    args = at(b"@", b"x")
    with pytest.raises(BadSyntax):
        args.end()
    args.string()
    args.end()


def test_match() -> None:
    args = at(b"BODY[1] x")
    found = args.match(re.compile(rb"BODY\[(\d)\]"))
    assert found is not None
    assert found.group(1) == b"1"
    assert args.match(re.compile(b"y")) is None
    assert args.rest == b" x"


def test_lists() -> None:
    args = at(b"(a b c)(a)()( )(a b")
    assert args.items(args.atom) == [b"a", b"b", b"c"]
    assert args.items(args.atom, empty=False) == [b"a"]
    assert args.items(args.atom) == []
    with pytest.raises(BadSyntax):
        args.items(args.atom)
    for line in (b"()", b"(a  b)", b"(a b", b"(a )", b"a"):
        args = at(line)
        with pytest.raises(BadSyntax):
            args.items(args.atom, empty=False)


def test_lists_are_bounded() -> None:
    args = at(b"(" + b"a " * (MAX_ITEMS - 1) + b"a)")
    assert len(args.items(args.atom)) == MAX_ITEMS
    args = at(b"(" + b"a " * MAX_ITEMS + b"a)")
    with pytest.raises(BadSyntax):
        args.items(args.atom)


def test_depth_is_bounded() -> None:
    args = at(b"(" * (MAX_DEPTH + 1))
    with pytest.raises(BadSyntax):
        for _ in range(MAX_DEPTH + 1):
            args.enter()


def test_sequence_sets() -> None:
    args = at(b"1:3,* $")
    assert args.sequence_set().ranges == [(1, 3), (0, 0)]
    args.sp()
    assert args.sequence_set().saved
    for line in (b"0", b"1:", b"x", b"", b"1,,2", b"4294967296"):
        with pytest.raises(BadSyntax):
            at(line).sequence_set()


def test_pending_literal() -> None:
    pending = Literal(5, True, False)
    args = Cursor([b" x {5}"], [], pending)
    args.sp()
    assert args.at_literal() is None
    args.atom()
    args.sp()
    found = args.at_literal()
    assert found is not None
    assert found.size == 5
    assert Cursor([b""], [], pending).at_literal() is None
    assert Cursor([b"~{5+}"], [], pending).at_literal() is not None
    assert at(b"{5}").at_literal() is None
    with pytest.raises(BadSyntax):
        Cursor([b"{5}"], [], pending).string()


def test_a_long_quoted_string_is_quick() -> None:
    begin = time.perf_counter()
    assert len(at(b'"' + b"a\\\\" * 300_000 + b'"').string()) == 600_000
    with pytest.raises(BadSyntax):
        at(b'"' + b"a\\\\" * 300_000).string()
    assert time.perf_counter() - begin < 2


CALLS: list[Callable[[Cursor], object]] = [
    Cursor.astring, Cursor.atom, Cursor.flag, Cursor.word, Cursor.number, Cursor.nz_number, Cursor.number64, Cursor.string, Cursor.nstring,
    Cursor.list_mailbox, Cursor.sequence_set, Cursor.enter, Cursor.leave, Cursor.sp, Cursor.end, Cursor.peek, Cursor.at_literal,
    lambda args: args.items(args.astring), lambda args: args.take(b"X"), lambda args: args.string(binary=True),
]  # fmt: skip


@given(
    st.lists(st.binary(max_size=12) | st.sampled_from([b'"a"', b"(a b)", b"1:*", b" "]), min_size=1, max_size=4),
    st.lists(st.sampled_from(CALLS), max_size=12),
    st.booleans(),
)
def test_any_bytes(parts: list[bytes], calls: list[Callable[[Cursor], object]], pending: bool) -> None:
    lines = [part + b"{1}" for part in parts[:-1]] + parts[-1:]
    args = Cursor(lines, [b"x"] * (len(parts) - 1), literal_of(parts[-1]) if pending else None)
    for call in calls:
        try:
            call(args)
        except BadSyntax:
            continue
