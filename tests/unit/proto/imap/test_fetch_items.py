"""What FETCH asks for: macros, items of both revisions, modifiers, bounds; never an exception but BadSyntax."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap.cursor import MAX_ITEMS, BadSyntax, Cursor
from pymaster.proto.imap.fetch_items import Request, parse_request, partial_slice


def request(text: bytes, *, rev2: bool = False) -> Request:
    return parse_request(Cursor([text], []), rev2=rev2)


def labels(text: bytes) -> list[bytes]:
    return [item.label for item in request(text).items]


def test_macros() -> None:
    assert labels(b"fast") == [b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE"]
    assert labels(b"ALL") == [b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE"]
    assert labels(b"Full") == [b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE", b"BODY"]


def test_items_keep_their_order_and_come_once() -> None:
    asked = b"(uid body.peek[text] FLAGS UID BODY[TEXT] binary.peek[2]<3.4>)"
    assert labels(asked) == [b"UID", b"BODY[TEXT]", b"FLAGS", b"BINARY[2]<3>"]
    items = request(b"(BODY.PEEK[TEXT] BODY[TEXT])").items
    assert len(items) == 1 and not items[0].peek
    items = request(b"(BODY[TEXT] BODY.PEEK[TEXT])").items
    assert len(items) == 1 and not items[0].peek


def test_what_sets_seen() -> None:
    peeks = {
        item.label: item.peek
        for item in request(
            b"(RFC822 RFC822.HEADER RFC822.TEXT BODY[1] BODY.PEEK[2] BINARY[1] BINARY.PEEK[2] BINARY.SIZE[1] ENVELOPE)"
        ).items
    }
    assert [label for label, peek in peeks.items() if not peek] == [b"RFC822", b"RFC822.TEXT", b"BODY[1]", b"BINARY[1]"]


def test_rev2_has_no_rfc822_but_its_size() -> None:
    for item in (b"RFC822", b"RFC822.HEADER", b"RFC822.TEXT"):
        request(item)
        with pytest.raises(BadSyntax):
            request(item, rev2=True)
    request(b"RFC822.SIZE", rev2=True)


def test_modifiers() -> None:
    found = request(b"FLAGS (CHANGEDSINCE 12 VANISHED PARTIAL -1:-30)").modifiers
    assert (found.changed_since, found.vanished, found.partial) == (12, True, (-1, -30))
    assert request(b"(UID) (PARTIAL 30:1)").modifiers.partial == (1, 30)
    assert request(b"PREVIEW (LAZY) (CHANGEDSINCE 0)").modifiers.changed_since == 0


@pytest.mark.parametrize(
    "text",
    [
        b"", b"()", b"(FLAGS", b"FLAGS UID", b"(FLAGS  UID)", b"(FLAGS ALL)", b"FOO", b"ALL FLAGS", b"ALLX", b"BODY.PEEK",
        b"FLAGS[]", b"BINARY", b"BINARY.SIZE", b"BODYSTRUCTURE[]", b"FLAGS ()", b"FLAGS (CHANGEDSINCE)", b"FLAGS (FOO)",
        b"FLAGS (CHANGEDSINCE 9223372036854775808)", b"FLAGS (VANISHED", b"FLAGS (VANISHED) ", b"FLAGS (VANISHED VANISHED)",
        b"FLAGS (PARTIAL 0:1)", b"FLAGS (PARTIAL 1)", b"FLAGS (PARTIAL 1:-1)", b"FLAGS (PARTIAL 1:99999999999)",
        b"FLAGS (PARTIAL 1:4294967296)", b"PREVIEW (EAGER)", b"BODY[1].PEEK", b"BINARY.SIZE[1]<0.1>", b"(" + b"UID " * MAX_ITEMS + b"UID)",
    ],
)  # fmt: skip
def test_refused(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        request(text)


@pytest.mark.parametrize(
    ("count", "partial", "wanted"),
    [
        (10, (1, 3), [0, 1, 2]), (10, (9, 12), [8, 9]), (10, (11, 12), []), (10, (-1, -3), [7, 8, 9]), (10, (-9, -12), [0, 1]),
        (10, (-11, -12), []), (0, (1, 1), []), (0, (-1, -1), []), (1, (-1, -1), [0]),
    ],
)  # fmt: skip
def test_partial_slice(count: int, partial: tuple[int, int], wanted: list[int]) -> None:
    assert list(range(count))[partial_slice(count, partial)] == wanted


WORDS = [
    b"(", b")", b" ", b"FLAGS", b"BODY", b".PEEK", b"[", b"]", b"1", b".", b"HEADER", b".FIELDS", b"BINARY", b".SIZE",
    b"<0.1>", b"PREVIEW", b"(LAZY)", b"CHANGEDSINCE", b"PARTIAL", b"-1:-2", b"ALL", b"RFC822", b'"x"', b"\xff", b"",
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=20), st.booleans())
def test_anything(words: list[bytes], rev2: bool) -> None:
    try:
        found = request(b"".join(words), rev2=rev2)
    except BadSyntax:
        return
    assert found.items and len({item.label for item in found.items}) == len(found.items)
