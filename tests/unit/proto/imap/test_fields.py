"""Header fields by name: order, folding, case, missing line ends; never anything that was not asked for."""

import re

from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap.fields import NAME, picker

HEADER = (
    b"Received: a\r\n\tby b\r\nFrom: x@y\r\nSubject: one\r\n two\r\nfrom : second\r\nX-From: no\r\nFromage: no\r\n"
    b"junk\r\nTo:\r\n\r\n"
)


def test_in_message_order_with_folds_in_any_case() -> None:
    assert picker((b"SUBJECT", b"From"))(HEADER) == b"From: x@y\r\nSubject: one\r\n two\r\nfrom : second\r\n\r\n"
    assert picker((b"to",))(HEADER) == b"To:\r\n\r\n"
    assert picker((b"Cc",))(HEADER) == b"\r\n"
    assert picker((b"received",))(HEADER) == b"Received: a\r\n\tby b\r\n\r\n"


def test_the_others() -> None:
    assert picker((b"received", b"from"), True)(HEADER) == (
        b"Subject: one\r\n two\r\nX-From: no\r\nFromage: no\r\njunk\r\nTo:\r\n\r\n"
    )
    assert picker((b"a", b"b"), True)(b"A: 1\r\n 2\r\nB: 3\r\n\r\n") == b"\r\n"


def test_a_header_without_a_last_line_end() -> None:
    assert picker((b"a",))(b"A: 1") == b"A: 1\r\n\r\n"
    assert picker((b"a",))(b"A: 1\r\n") == b"A: 1\r\n\r\n"
    assert picker((b"a",))(b"") == b"\r\n"


def test_names_are_no_patterns() -> None:
    assert picker((b"A.C", b"x]y", b"^", b"-"))(b"abc: 1\r\nA.c: 2\r\nX]Y: 3\r\n-: 4\r\n^: 5\r\n\r\n") == (
        b"A.c: 2\r\nX]Y: 3\r\n-: 4\r\n^: 5\r\n\r\n"
    )
    assert NAME.fullmatch(b"Message-ID") and not NAME.fullmatch(b"a:b") and not NAME.fullmatch(b"")


@given(
    st.lists(st.sampled_from([b"A: 1", b"b: 2", b"Cc : x", b" fold", b"\tfold", b"junk", b"%s: y"]), max_size=8),
    st.sets(st.sampled_from([b"a", b"B", b"cc", b"%s", b"zz"]), min_size=1),
    st.booleans(),
)
def test_against_a_plain_reading(lines: list[bytes], names: set[bytes], exclude: bool) -> None:
    lower = {name.lower() for name in names}
    wanted, taking = b"", False
    for line in lines:
        if line[:1] not in b" \t":
            match = re.match(rb"([^:\s]+)[ \t]*:", line)
            named = bool(match) and match[1].lower() in lower
            taking = named != exclude
        if taking:
            wanted += line + b"\r\n"
    header = b"".join(line + b"\r\n" for line in lines) + b"\r\n"
    assert picker(tuple(names), exclude)(header) == wanted + b"\r\n"


@given(st.binary(max_size=200), st.sets(st.from_regex(NAME, fullmatch=True), min_size=1, max_size=3), st.booleans())
def test_anything_ends_with_an_empty_line(header: bytes, names: set[bytes], exclude: bool) -> None:
    found = picker(tuple(names), exclude)(header)
    assert found.endswith(b"\r\n")
    assert len(found) <= len(header) + 4
