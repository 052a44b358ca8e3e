"""Fields by name from any header section."""

from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message.fields import NAME_LIMIT, fields, unfold, without_comments


def test_fields() -> None:
    block = b"Subject: a\r\n b\r\nFROM : x \r\nno field\r\n: none\r\nfrom:y\nto:\r\n\r\n"
    assert fields(block, {b"subject", b"from", b"to"}) == {b"subject": [b"a b"], b"from": [b"x", b"y"], b"to": [b""]}
    assert fields(b"Subject: no line end", {b"subject"}) == {b"subject": [b"no line end"]}
    assert fields(b"Subject: a\rFrom: b\r\n", {b"subject", b"from"}) == {b"subject": [b"a\rFrom: b"]}


def test_a_long_name_is_no_field() -> None:
    name = b"x" * NAME_LIMIT
    assert fields(name + b": y\r\n", {name}) == {name: [b"y"]}
    assert fields(name + b"x: y\r\n", {name, name + b"x", b"x"}) == {}


def test_unfold() -> None:
    assert unfold(b"a\r\n b\n\tc\r d\r\ne") == b"a b\tc\r d\r\ne"


def test_comments() -> None:
    assert without_comments(b'a (b (c\\)) "d) e) f "(g)" (h') == b'a   e  f "(g)" '
    assert without_comments(b"a) b\\(c") == b"a  b\\(c"
    assert without_comments(b"(" * 100_000) == b""


@given(st.binary(), st.binary())
def test_never_raise(block: bytes, value: bytes) -> None:
    fields(block, {b"a"})
    without_comments(b"(" + value)
