"""LIST patterns: RFC 3501's rules, a naive model, and patterns made to be slow (S-53)."""

import time
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pymaster.proto.imap.listpattern import Pattern, Patterns, inbox_folded


def matching(pattern: str, *names: str, separator: str = ".") -> list[str]:
    compiled = Pattern(pattern, separator)
    return [name for name in names if compiled.matches(name)]


NAMES = ("INBOX", "INBOX.a", "foo", "foo.bar", "foo.bar.baz", "foobar", "fo", "")


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("*", list(NAMES)),
        ("%", ["INBOX", "foo", "foobar", "fo", ""]),
        ("foo", ["foo"]),
        ("foo*", ["foo", "foo.bar", "foo.bar.baz", "foobar"]),
        ("foo%", ["foo", "foobar"]),
        ("foo.%", ["foo.bar"]),
        ("foo.*", ["foo.bar", "foo.bar.baz"]),
        ("%.%", ["INBOX.a", "foo.bar"]),
        ("%.%.%", ["foo.bar.baz"]),
        ("*bar", ["foo.bar", "foobar"]),
        ("%bar", ["foobar"]),
        ("*ba*", ["foo.bar", "foo.bar.baz", "foobar"]),
        ("f*r", ["foo.bar", "foobar"]),
        ("f%o%", ["foo", "foobar", "fo"]),
        ("%*%*", list(NAMES)),
        ("*%.%", ["INBOX.a", "foo.bar", "foo.bar.baz"]),
        ("%.*z", ["foo.bar.baz"]),
        ("", [""]),
        ("FOO", []),
    ],
)
def test_wildcards(pattern: str, wanted: list[str]) -> None:
    assert matching(pattern, *NAMES) == wanted


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("inbox", ["INBOX"]),
        ("InBoX", ["INBOX"]),
        ("inb%", ["INBOX", "inbar", "inboxes"]),
        ("inb*", ["INBOX", "INBOX.a", "inbar", "inboxes"]),
        ("inbox.%", ["INBOX.a"]),
        ("inbox.A", []),
        ("%ox", []),
        ("%OX", ["INBOX"]),
        ("inboxe%", ["inboxes"]),
        ("inboxes", ["inboxes"]),
        ("INB%", ["INBOX"]),
        ("\u0131nbox", []),
    ],
)
def test_inbox_counts_in_any_case(pattern: str, wanted: list[str]) -> None:
    assert matching(pattern, "INBOX", "INBOX.a", "inbar", "inboxes") == wanted


def test_folding_leaves_other_levels_alone() -> None:
    assert inbox_folded("inbox.inbox", ".") == "INBOX.inbox"
    assert inbox_folded("a.inbox", ".") == "a.inbox"
    assert inbox_folded("in%.x", ".") == "IN%.x"
    assert inbox_folded("in", ".") == "in"
    assert inbox_folded("*", ".") == "*"


def naive(pattern: str, name: str, separator: str) -> bool:
    @cache
    def at(p: int, n: int) -> bool:
        if p == len(pattern):
            return n == len(name)
        letter = pattern[p]
        if letter == "*":
            return at(p + 1, n) or (n < len(name) and at(p, n + 1))
        if letter == "%":
            return at(p + 1, n) or (n < len(name) and name[n] != separator and at(p, n + 1))
        return n < len(name) and name[n] == letter and at(p + 1, n + 1)

    return at(0, 0)


ALPHABET = "ab.%*"


@given(st.text(ALPHABET, max_size=12), st.text("ab.", max_size=14))
@example("%.a*%", "b.ab.")
@example("*a%b", "ab.aab")
def test_like_the_naive_model(pattern: str, name: str) -> None:
    assert Pattern(pattern, ".").matches(name) == naive(pattern, name, ".")


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text(pattern: str, name: str) -> None:
    assert Pattern(pattern, "/").matches(name) in (True, False)


@given(st.lists(st.text(ALPHABET, max_size=6), max_size=4), st.text("ab.", max_size=8))
def test_one_of_several(patterns: list[str], name: str) -> None:
    assert Patterns(patterns, ".").matches(name) == any(naive(each, name, ".") for each in patterns)


def test_too_long_a_pattern_matches_nothing() -> None:
    assert not Pattern("a*" * 5000, ".").matches("a" * 100)
    assert not Pattern("*" + "a" * 5000, ".").matches("a" * 5000)
    assert Pattern("%" * 100_000 + "*", ".").matches("a.b")


@pytest.mark.parametrize("pattern", ["%*" * 100, "%a" * 100, "*a" * 100, "*a%b" * 50, "%*%*%*a" * 30, "*.%.*.%"])
def test_hostile_patterns_are_quick(pattern: str) -> None:
    names = [f"aaaaaaaa.aab{n:05d}aaaa.aaaaab" for n in range(10_000)]
    begin = time.perf_counter()
    compiled = Pattern(pattern, ".")
    for name in names:
        compiled.matches(name)
    assert time.perf_counter() - begin < 0.5
