"""RETURN options and the responses that they ask for."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.returns import DEFAULT, PLAIN, Returns, asked, esearch, parse, plain, window


def options(text: bytes) -> Returns:
    args = Cursor([b"RETURN (%s) ALL" % text], [])
    found = parse(args)
    assert args.rest == b"ALL"
    return found


def answer(text: bytes, numbers: list[int], *, uid: bool = False, modseq: int = 0) -> bytes:
    return esearch(b'TAG "t"', numbers, options(text), uid=uid, modseq=modseq)[2:-2]


def test_without_return() -> None:
    assert parse(Cursor([b"RETURNED x"], [])) is PLAIN and not PLAIN.extended and DEFAULT.extended


@pytest.mark.parametrize(
    ("text", "numbers", "wanted"),
    [
        (b"", [2, 3, 5], b'ESEARCH (TAG "t") ALL 2:3,5'),
        (b"", [], b'ESEARCH (TAG "t")'),
        (b"count", [], b'ESEARCH (TAG "t") COUNT 0'),
        (b"MAX COUNT MIN ALL", [7, 9], b'ESEARCH (TAG "t") MIN 7 MAX 9 COUNT 2 ALL 7,9'),
        (b"MIN MAX", [], b'ESEARCH (TAG "t")'),
        (b"ALL", [9, 3, 4, 5, 1], b'ESEARCH (TAG "t") ALL 9,3:5,1'),
        (b"PARTIAL 2:1", [5, 6, 8], b'ESEARCH (TAG "t") PARTIAL (2:1 5:6)'),
        (b"PARTIAL -1:-2", [5, 6, 8], b'ESEARCH (TAG "t") PARTIAL (-1:-2 6,8)'),
        (b"PARTIAL -2:-100", [5, 6, 8], b'ESEARCH (TAG "t") PARTIAL (-2:-100 5:6)'),
        (b"PARTIAL -4:-9", [5, 6, 8], b'ESEARCH (TAG "t") PARTIAL (-4:-9 NIL)'),
        (b"PARTIAL 4:9 COUNT", [5, 6, 8], b'ESEARCH (TAG "t") COUNT 3 PARTIAL (4:9 NIL)'),
        (b"CONTEXT UPDATE COUNT", [1], b'ESEARCH (TAG "t") COUNT 1'),
    ],
)
def test_responses(text: bytes, numbers: list[int], wanted: bytes) -> None:
    assert answer(text, numbers) == wanted


def test_uid_and_modseq() -> None:
    assert answer(b"MIN", [4], uid=True, modseq=9) == b'ESEARCH (TAG "t") UID MIN 4 MODSEQ 9'
    assert answer(b"MIN", [], uid=True, modseq=9) == b'ESEARCH (TAG "t") UID'
    assert plain(b"SEARCH", []) == b"* SEARCH\r\n"
    assert plain(b"SORT", [3, 1], 5) == b"* SORT 3 1 (MODSEQ 5)\r\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (b"SAVE", [2, 4, 6, 8]), (b"SAVE MIN", [2]), (b"SAVE MAX", [8]), (b"SAVE MIN MAX", [2, 8]),
        (b"SAVE MIN COUNT", [2, 4, 6, 8]), (b"SAVE ALL MAX", [2, 4, 6, 8]), (b"SAVE PARTIAL 2:3", [4, 6]),
        (b"SAVE PARTIAL 2:2 MAX", [4, 8]), (b"SAVE PARTIAL 9:9", []), (b"SAVE COUNT PARTIAL 1:1", [2, 4, 6, 8]),
    ],
)  # fmt: skip
def test_what_is_saved(text: bytes, wanted: list[int]) -> None:
    assert asked([2, 4, 6, 8], options(text)) == wanted
    assert asked([], options(text)) == []


def test_only_save_is_silent() -> None:
    assert options(b"SAVE").silent and not options(b"SAVE COUNT").silent and not options(b"").silent


@pytest.mark.parametrize(
    "text",
    [
        b"NONE", b"MIN  MAX", b"PARTIAL", b"PARTIAL 1", b"PARTIAL 0:1", b"PARTIAL 1:*", b"PARTIAL -1:2", b"PARTIAL 1:2 ALL",
        b"PARTIAL 1:2 PARTIAL 3:4", b"PARTIAL 1:99999999999", b"PARTIAL 1:4294967296", b"(MIN)", b"MIN,",
    ],
)  # fmt: skip
def test_refused(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        options(text)


@given(st.integers(0, 30), st.integers(1, 40), st.integers(1, 40), st.booleans())
def test_window(count: int, first: int, last: int, negative: bool) -> None:
    low, high = sorted((first, last))
    numbers = list(range(1, count + 1))
    bounds = (b"", -high, -low) if negative else (b"", low, high)
    wanted = [n for n in numbers if low <= (count + 1 - n if negative else n) <= high]
    assert numbers[window(count, bounds)] == wanted


@given(st.binary(max_size=60))
def test_fuzz(text: bytes) -> None:
    with contextlib.suppress(BadSyntax):
        parse(Cursor([b"RETURN (" + text.replace(b"\n", b"")], []))
