"""Search programs: parsed, bounded, cheap keys first, and the same truth as the tree they were written as."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap import searchkeys as keys
from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.searchkeys import FAIL, MATCH, Key, Program, everything, parse


def program(text: bytes, literals: tuple[bytes, ...] = ()) -> Program:
    pieces = text.split(b"\r\n")
    return parse(Cursor(pieces, list(literals)), lambda data: data.decode("utf-8"))


def run(found: Program, truth: Callable[[Key], bool]) -> tuple[bool, list[Key]]:
    """The outcome, and the keys that were asked."""
    number, asked = len(found.steps) - 1, []
    while number >= 0:
        key, yes, no = found.steps[number]
        asked.append(key)
        following = yes if truth(key) else no
        assert following < number
        number = following
    assert number in (MATCH, FAIL)
    return number == MATCH, asked


def only(text: bytes) -> Key:
    found = program(text)
    ((key, yes, no),) = found.steps
    assert (yes, no) == (MATCH, FAIL)
    return key


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (b"ALL", Key(keys.ALL)),
        (b"savedatesupported", Key(keys.ALL)),
        (b"seen", Key(keys.FLAG, b"\\Seen")),
        (b"KEYWORD $Junk", Key(keys.FLAG, b"$Junk")),
        (b"RECENT", Key(keys.RECENT)),
        (b"SUBJECT \"x Y\"", Key(keys.HEADER, b"subject", b"X Y")),
        (b"HEADER X-Foo \"\"", Key(keys.HEADER, b"x-foo", b"")),
        (b"HEADER NIL NIL", Key(keys.HEADER, b"nil", b"NIL")),
        (b"BODY atom", Key(keys.BODY, text=b"ATOM")),
        (b"TEXT \"\xc3\xa9\"", Key(keys.TEXT, text="E\u0301".encode())),
        (b"TEXT \"\"", Key(keys.ALL)),
        (b"LARGER 10", Key(keys.SIZE, low=11)),
        (b"SMALLER 10", Key(keys.SIZE, high=10)),
        (b"OLDER 10", Key(keys.AGE, low=10)),
        (b"YOUNGER 10", Key(keys.AGE, high=11)),
        (b"BEFORE 2-Jan-1970", Key(keys.INTERNAL, high=1)),
        (b"ON \"02-JAN-1970\"", Key(keys.INTERNAL, low=1, high=2)),
        (b"SENTSINCE 31-Dec-1969", Key(keys.SENT, low=-1)),
        (b"SAVEDON 1-Jan-1970", Key(keys.SAVED, low=0, high=1)),
        (b"MODSEQ 7", Key(keys.MODSEQ, low=7)),
        (b"MODSEQ \"/flags/\\\\draft\" priv 7", Key(keys.MODSEQ, low=7)),
        (b"EMAILID Mabc", Key(keys.EMAILID, b"Mabc")),
        (b"THREADID Tabc", Key(keys.THREADID, b"Tabc")),
    ],
)  # fmt: skip
def test_single_keys(text: bytes, wanted: Key) -> None:
    found = only(text)
    assert (found.kind, found.name, found.text, found.low, found.high) == (
        wanted.kind, wanted.name, wanted.text, wanted.low, wanted.high,
    )  # fmt: skip


def test_sets() -> None:
    assert only(b"1:*,7").numbers.ranges == [(1, 0), (7, 7)]
    assert only(b"*").numbers.ranges == [(0, 0)]
    assert only(b"UID 3").kind == keys.UIDS
    assert only(b"$").numbers.saved and program(b"$").sequences and program(b"NOT 1").sequences
    assert not program(b"UID 1:3 SEEN").sequences


def test_literals() -> None:
    found = program(b"SUBJECT {3}\r\n BODY {2}\r\n", (b"a b", b"cd"))
    assert [key.text for key, _, _ in reversed(found.steps)] == [b"A B", b"CD"]


def test_modseq_is_noticed_wherever_it_stands() -> None:
    assert program(b"OR SEEN (NOT MODSEQ 3)").modseq and not program(b"SEEN").modseq


def test_cheap_keys_come_first() -> None:
    found = program(b"BODY x SUBJECT y SEEN (OR TEXT z FLAGGED) SENTON 1-Jan-2020")
    _, asked = run(found, lambda key: True)
    assert [key.kind for key in asked] == [keys.FLAG, keys.SENT, keys.HEADER, keys.BODY, keys.FLAG]
    _, asked = run(found, lambda key: key.kind != keys.FLAG)
    assert [key.kind for key in asked] == [keys.FLAG]


def test_mapped() -> None:
    found = program(b"SEEN NOT FLAGGED").mapped(lambda key: Key(keys.ALL))
    assert [key.kind for key, _, _ in found.steps] == [keys.ALL, keys.ALL]
    assert run(found, lambda key: True)[0] is False
    assert run(everything(), lambda key: True)[0] is True


@pytest.mark.parametrize(
    "text",
    [
        b"", b" SEEN", b"SEEN ", b"(", b")", b"()", b"(SEEN", b"SEEN)", b"NOT", b"OR SEEN", b"OR SEEN ", b"NOTSEEN",
        b"SUBJECT", b"SUBJECT ", b"HEADER x", b"SINCE 32-Jan-2020", b"SINCE 29-Feb-2019", b"SINCE 1-Foo-2020",
        b"SINCE 1-Jan-0000", b"SINCE 1-Jan-20200", b"LARGER -1", b"OLDER 0", b"KEYWORD (", b"UID x", b"1:", b"0", b"FUZZY x",
        b"MODSEQ \"x\" any 1", b"MODSEQ 99999999999999999999", b"BODY \"\xff\"", b"SEEN  SEEN", b"LARGER 5_0", b"%",
    ],
)  # fmt: skip
def test_refused(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        program(text)


def test_a_date_may_be_a_literal() -> None:
    found = program(b"ON {10}\r\n", (b"1-Jan-1970",))
    assert found.steps[0][0].low == 0


def test_nesting_and_number_are_bounded() -> None:
    assert run(program(b"NOT " * 50 + b"SEEN"), lambda key: True)[0] is True
    deep = b"(" * 49 + b"SEEN" + b")" * 49
    assert run(program(b"NOT " + deep), lambda key: False)[0] is True
    for text in (
        b"NOT " * 51 + b"SEEN",
        b"(" * 51 + b"SEEN" + b")" * 51,
        b"OR SEEN " * 51 + b"SEEN",
        b"NOT " * 100_000,
    ):
        with pytest.raises(BadSyntax, match="deep"):
            program(text)
    assert len(program(b" ".join([b"SEEN"] * 1000)).steps) == 1000
    with pytest.raises(BadSyntax, match="many"):
        program(b" ".join([b"SEEN"] * 1001))


def test_a_full_tree_of_or_is_bounded() -> None:
    tree = b"SEEN"
    for _ in range(16):
        tree = b"OR %s %s" % (tree, tree)
    with pytest.raises(BadSyntax, match="many"):
        program(tree)


# Trees against programs: (text, truth as a function of the flags that are set).
Node = tuple[bytes, Callable[[frozenset[str]], bool]]
NAMES = ["a", "b", "c", "d"]


def _not(node: Node) -> Node:
    return b"NOT " + node[0], lambda flags: not node[1](flags)


def _or(pair: tuple[Node, Node]) -> Node:
    one, two = pair
    return b"OR %s %s" % (one[0], two[0]), lambda flags: one[1](flags) or two[1](flags)


def _and(nodes: list[Node]) -> Node:
    text = b"(%s)" % b" ".join([node[0] for node in nodes])
    return text, lambda flags: all(node[1](flags) for node in nodes)


def _leaf(name: str) -> Node:
    return b"KEYWORD " + name.encode(), lambda flags: name in flags


TREES: st.SearchStrategy[Node] = st.recursive(
    st.sampled_from(NAMES).map(_leaf),
    lambda inner: st.one_of(
        inner.map(_not), st.tuples(inner, inner).map(_or), st.lists(inner, min_size=1, max_size=4).map(_and)
    ),
    max_leaves=12,
)


@given(TREES, st.frozensets(st.sampled_from(NAMES)))
def test_programs_say_what_the_tree_says(tree: Node, flags: frozenset[str]) -> None:
    text, truth = tree
    assert run(program(text), lambda key: key.name.decode() in flags)[0] == truth(flags)


WORDS = st.sampled_from(
    [b"NOT", b"OR", b"(", b")", b"SEEN", b"SUBJECT", b"x", b"\"y\"", b"1:*", b"$", b"UID", b"HEADER", b"MODSEQ", b"5",
     b"ON", b"1-Jan-2020", b"\"", b"{3}", b"\xff", b"KEYWORD", b"NEW", b"*", b"\\"]
)  # fmt: skip


@given(st.one_of(st.binary(max_size=80), st.lists(WORDS, max_size=30).map(b" ".join)))
def test_whatever_comes_it_is_a_program_or_bad_syntax(text: bytes) -> None:
    with contextlib.suppress(BadSyntax):
        found = parse(Cursor([text.replace(b"\n", b"")], []), lambda data: data.decode("utf-8"))
        assert 1 <= len(found.steps) <= keys.MAX_KEYS * 2
