"""Entry names and options of METADATA."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.metadata import ALL, ALONE, CHILDREN, asked_name, entry_name, options, within


@pytest.mark.parametrize("name", [b"/private/comment", b"/Shared/Vendor/x.y/z", b"/private/with space"])
def test_good_names(name: bytes) -> None:
    assert entry_name(name) == name.lower()


@pytest.mark.parametrize(
    "name",
    [
        b"", b"/", b"private/x", b"/private", b"/shared/", b"/other/x", b"/private//x", b"/private/x/", b"/private/a*", b"/private/a%",
        b"/private/\x00", b"/private/\xc3\xbc", b"/private/a\n", b"/privatex/a", b"/private/" + b"a" * 300,
    ],
)  # fmt: skip
def test_bad_names(name: bytes) -> None:
    with pytest.raises(BadSyntax):
        entry_name(name)


def test_a_whole_scope_can_be_asked_for() -> None:
    assert asked_name(b"/PRIVATE") == b"/private"
    with pytest.raises(BadSyntax):
        asked_name(b"/other")


def test_depth() -> None:
    assert within(b"/private/a", b"/private/a", ALONE)
    assert not within(b"/private/a/b", b"/private/a", ALONE)
    assert within(b"/private/a/b", b"/private/a", CHILDREN)
    assert not within(b"/private/a/b/c", b"/private/a", CHILDREN)
    assert within(b"/private/a/b/c", b"/private/a", ALL)
    assert not within(b"/private/ab", b"/private/a", ALL)


def test_options() -> None:
    assert options(Cursor([b"(maxsize 10 DEPTH infinity)"], [])) == (10, ALL)
    assert options(Cursor([b"()"], [])) == (None, ALONE)


@pytest.mark.parametrize(
    "text", [b"(MAXSIZE)", b"(MAXSIZE x)", b"(MAXSIZE 99999999999)", b"(DEPTH 3)", b"(FOO 1)", b"(DEPTH 1"]
)
def test_bad_options(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        options(Cursor([text], []))


@given(st.binary(max_size=50))
def test_any_bytes(text: bytes) -> None:
    for parse in (entry_name, asked_name, lambda raw: options(Cursor([raw], []))):
        try:
            parse(text)
        except BadSyntax:
            continue
