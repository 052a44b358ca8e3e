"""Address lists as they are shown, right and wrong ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message.addresses import FIELD_LIMIT, LIMIT, TOKEN_LIMIT, Address, parse, parse_all

BOX, HOST = b"MISSING_MAILBOX", b"MISSING_DOMAIN"


def plain(mailbox: bytes, host: bytes = b"x", name: bytes | None = None, route: bytes | None = None) -> Address:
    return Address(name, route, mailbox, host)


def group(name: bytes, *members: Address) -> list[Address]:
    return [Address(None, None, name, None), *members, Address(None, None, None, None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", []),
        (b" , ,", []),
        (b"a@x", [plain(b"a")]),
        (b"<a@x>", [plain(b"a")]),
        (b"A  \tB <a@x>,b@x", [plain(b"a", name=b"A B"), plain(b"b")]),
        (b'"A, B" <a@x>, "" <b@x>', [plain(b"a", name=b"A, B"), plain(b"b")]),
        (b'"A \\"B\\"" <a@x>', [plain(b"a", name=b'A "B"')]),
        (b'A "B" c. D <a@x>', [plain(b"a", name=b"A B c. D")]),
        (b"a@x (A (B) \\) C)", [plain(b"a", name=b"A (B) ) C")]),
        (b"<a@x> (A)", [plain(b"a", name=b"A")]),
        (b"B <a@x> (A)", [plain(b"a", name=b"B")]),
        (b"(A) a@x, (B), b@x", [plain(b"a"), plain(b"b")]),
        (b"=?utf-8?q?=C3=84?= <a@x>", [plain(b"a", name=b"=?utf-8?q?=C3=84?=")]),
        (b"\xc3\x84 <\xff@x>", [plain(b"\xff", name=b"\xc3\x84")]),
        (b'"a b"@x, <"a,b"@x>', [plain(b"a b"), plain(b"a,b")]),
        (b"a . b @ x . y", [plain(b"a.b", b"x.y")]),
        (b"a@[IPv6:::1]", [plain(b"a", b"[IPv6:::1]")]),
        (b"<@r,@s:a@x>", [plain(b"a", route=b"@r,@s")]),
        (b"A <@r:a@x>", [plain(b"a", name=b"A", route=b"@r")]),
        (b"G:;", group(b"G")),
        (b"A G: a@x, B <b@x>;, c@x", [*group(b"A G", plain(b"a"), plain(b"b", name=b"B")), plain(b"c")]),
        (b"g:a@x;h:(c);", [*group(b"g", plain(b"a")), *group(b"h")]),
        (b"g: a@x", group(b"g", plain(b"a"))),
        (b":;", group(b"")),
        # Broken ones: the best guess, always with a mailbox and a host, for NIL would make a group of it.
        (b"a", [plain(b"a", HOST)]),
        (b"<a>", [plain(b"a", HOST)]),
        (b"<>", [plain(BOX, HOST)]),
        (b"A <>", [plain(BOX, HOST, b"A")]),
        (b"A B", [plain(BOX, HOST, b"A B")]),
        (b"@x", [plain(BOX)]),
        (b"a@", [plain(b"a", HOST)]),
        (b"<@x>", [plain(BOX)]),
        (b"<@r:>", [plain(BOX, HOST, route=b"@r")]),
        (b"A, B <b@x>", [plain(b"A", HOST), plain(b"b", name=b"B")]),
        (b"A B a@x", [plain(b"a", name=b"A B")]),
        (b"a@x b@x", [plain(b"a"), plain(b"b")]),
        (b"a@x; b@x", [plain(b"a"), plain(b"b")]),
        (b"<a@x> junk@y:, b@x", [plain(b"a"), plain(b"b")]),
        (b"a@x <b@x>", [plain(b"b", name=b"a@x")]),
        (b"<<a@x>>", [plain(b"a")]),
        (b"<a@x", [plain(b"a")]),
        (b"a@y@x", [plain(b"a", b"y@x")]),
        (b'"a', [plain(b"a", HOST)]),
        (b"(((", []),
    ],
)
def test_parse(text: bytes, expected: list[Address]) -> None:
    assert parse(text) == expected


def test_limits() -> None:
    assert len(parse(b"a@x," * (LIMIT + 5))) == LIMIT
    found = parse(b"g:" + b"a@x," * (LIMIT + 5))
    assert len(found) == LIMIT and found[-1] == Address(None, None, None, None)
    assert len(parse_all([b"a@x," * 6000] * 3)) == LIMIT
    assert parse(b"\\ " * TOKEN_LIMIT + b", a@x") == [plain(BOX, HOST, b" ".join([b"\\"] * (TOKEN_LIMIT // 2)))]
    assert len(parse_all([b"a@x"] * 5000)) == FIELD_LIMIT
    assert parse_all([b"a@x", b"b@x"]) == [plain(b"a"), plain(b"b")]


@given(st.text(alphabet='ab .,;:<>@()"\\[]\xff\0\t\n').map(lambda text: text.encode("latin-1")) | st.binary())
def test_never_raises_and_groups_are_closed(text: bytes) -> None:
    inside = False
    for _, _, mailbox, host in parse(text):
        if host is None:
            assert inside == (mailbox is None)
            inside = not inside
        else:
            assert mailbox and host
    assert not inside
