"""Sort criteria and the order they give."""

import contextlib
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.sortkeys import KEYS, ordered, parse


def test_criteria() -> None:
    assert parse(Cursor([b"(subject REVERSE date Subject)"], [])) == [(b"SUBJECT", False), (b"DATE", True)]


@pytest.mark.parametrize(
    "text", [b"", b"()", b"DATE", b"(REVERSE)", b"(REVERSE REVERSE DATE)", b"(DATE", b"(BODY)", b"(DATE  CC)"]
)
def test_refused(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        parse(Cursor([text], []))


def test_number_is_bounded() -> None:
    with pytest.raises(BadSyntax):
        parse(Cursor([b"(%s)" % b" ".join([b"DATE"] * 1000)], []))


@given(st.binary(max_size=60))
def test_fuzz(text: bytes) -> None:
    with contextlib.suppress(BadSyntax):
        parse(Cursor([b"(" + text.replace(b"\n", b"")], []))


CRITERIA = st.lists(st.tuples(st.sampled_from([b"DATE", b"SUBJECT", b"CC"]), st.booleans()), min_size=1, max_size=3)
ROWS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from([b"A", b"B"]), st.sampled_from([b"", b"C"])), max_size=12)


@given(CRITERIA, ROWS)
def test_order(criteria: list[tuple[bytes, bool]], data: list[tuple[Any, ...]]) -> None:
    places = {b"DATE": 0, b"SUBJECT": 1, b"CC": 2}
    found = ordered(range(len(data)), criteria, lambda key: lambda row: data[row][places[key]])
    assert sorted(found) == list(range(len(data)))
    for one, two in pairwise(found):
        for key, reverse in criteria:
            a, b = data[one][places[key]], data[two][places[key]]
            if a != b:
                assert (a > b) == reverse
                break
        else:
            assert one < two


def test_every_key_is_taken() -> None:
    text = b"(%s)" % b" ".join(KEYS)
    assert [key for key, _ in parse(Cursor([text], []))] == list(KEYS)
