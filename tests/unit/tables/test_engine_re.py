"""Patterns on Python's `re`."""

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.tables.engine import BadPattern, TooComplex
from pymaster.tables.engine_re import RePattern, pythonic


def groups(pattern: str, subject: str, flags: str = "is") -> list[bytes] | None:
    return RePattern(pattern.encode(), frozenset(flags)).groups_of(subject.encode())


@pytest.mark.parametrize(
    ("pattern", "flags", "subject", "expected"),
    [
        ("(a)(x)?(b)", "is", "-AB-", [b"AB", b"A", b"", b"B"]),
        (r"^[[:alpha:]]+\z", "is", "abc", [b"abc"]),
        (r"^[[:alpha:][]+$", "is", "a[", [b"a["]),
        (r"(?<n>a)b", "is", "ab", [b"ab", b"a"]),
        (r"(?'n'a)b", "is", "ab", [b"ab", b"a"]),
        (r"(?<=a)b", "is", "ab", [b"b"]),
        (r"\Qa.b\E+", "is", "a.bb", [b"a.bb"]),
        (r"a\hb", "is", "a\tb", [b"a\tb"]),
        (r"\x{41}", "s", "A", [b"A"]),
        (r"<(.+)>", "isU", "<a><b>", [b"<a>", b"a"]),
        (r"<(.+?)>", "isU", "<a><b>", [b"<a><b>", b"a><b"]),
        (r"(?:a)+", "isU", "aa", [b"a"]),
        (r"a$", "isE", "a\n", None),
        (r"a$", "is", "a\n", [b"a"]),
        (r"b", "isA", "ab", None),
        (r"a b", "isx", "ab", [b"ab"]),
    ],
)
def test_syntax(pattern: str, flags: str, subject: str, expected: list[bytes] | None) -> None:
    assert groups(pattern, subject, flags) == expected


@pytest.mark.parametrize("pattern", ["(", "[a", r"\Ka", r"\p{L}", "[[:foo:]]", "a{99999999999}"])
def test_what_cannot_be_said(pattern: str) -> None:
    with pytest.raises(BadPattern):
        RePattern(pattern.encode(), frozenset())


def test_work_is_bounded() -> None:
    made = RePattern(b"(a+)+$", frozenset("i"))
    begin = time.process_time()
    with pytest.raises(TooComplex):
        made.matches(b"a" * 60 + b"b")
    assert time.process_time() - begin < 0.5
    # The timer is off again, and the next match is not disturbed.
    assert made.matches(b"aaa")
    assert made.matches(b"a" * 5000)


def test_other_threads_see_less_of_the_subject() -> None:
    answers: list[bool] = []
    made = RePattern(b"^a+b+$", frozenset("i"))
    thread = threading.Thread(target=lambda: answers.append(made.matches(b"a" * 2000 + b"b")))
    thread.start()
    thread.join(10)
    assert answers == [False]


@settings(deadline=None)
@given(st.binary(max_size=40), st.binary(max_size=40))
def test_any_pattern(source: bytes, subject: bytes) -> None:
    try:
        pythonic(source, frozenset("isU"))
        made = RePattern(source, frozenset("is"))
        found = made.groups_of(subject)
    except (BadPattern, TooComplex):
        return
    assert found is None or len(found) == made.groups + 1
