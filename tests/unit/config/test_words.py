"""Lists of words: separators, groups, assignments."""

import pytest

from pymaster.config import words
from pymaster.util.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" a, b\tc\n d ,,", ["a", "b", "c", "d"]),
        ("a { b, c } d", ["a", "{ b, c }", "d"]),
        ("inet:{ { x = y }, z }tail", ["inet:{ { x = y }, z }tail"]),
        ("a {b c", ["a", "{b c"]),
        ("a } b", ["a", "}", "b"]),
    ],
)
def test_split_list(text: str, expected: list[str]) -> None:
    assert words.split_list(text) == expected


def test_strip_braces() -> None:
    assert words.strip_braces("{ a b }") == "a b"
    assert words.strip_braces("plain") == "plain"
    assert words.strip_braces("{}") == ""
    for bad in ("{ a", "{a}b"):
        with pytest.raises(ConfigError):
            words.strip_braces(bad)


def test_balanced() -> None:
    assert words.balanced("x{a{b}}y", 1) == 7
    assert words.balanced("{a", 0) == -1
    assert words.balanced("(a(b))", 0, "(", ")") == 6


def test_split_assignment() -> None:
    assert words.split_assignment(" a = b c ") == ("a", "b c")
    assert words.split_assignment("a=") == ("a", "")
    for bad in ("a b = c", "a", "= c", ""):
        with pytest.raises(ConfigError):
            words.split_assignment(bad)
