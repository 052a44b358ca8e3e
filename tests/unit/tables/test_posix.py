"""POSIX patterns in PCRE's words, checked by running them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.tables.engine import BadPattern
from pymaster.tables.posix import translate


def matches(pattern: str, text: str, *, extended: bool = True, newline: bool = False) -> bool:
    source = translate(pattern.encode(), extended=extended, newline=newline).replace(rb"\z", rb"\Z")
    return re.search(source, text.encode(), re.DOTALL | (re.MULTILINE if newline else 0)) is not None


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        (r"^(ab|cd)+e?$", "abcde", "abx"),
        (r"^a{2,3}$", "aa", "aaaa"),
        (r"^a{,2}b$", "b", "aaab"),
        (r"^a{2}{2}$", "aaaa", "aa"),
        (r"^a**$", "aaa", "b"),
        (r"^a*+b$", "aab", "c"),
        (r"^[]a-]$", "-", "b"),
        (r"^[^]a]$", "b", "]"),
        (r"^[a\]b]$", "\\b]", "ab"),
        (r"^[[:alpha:][:digit:]_]+$", "aB1_", "a-b"),
        (r"^[[.-.][=a=]]+$", "a-", "b"),
        (r"\<foo\>", "a foo b", "afoo"),
        (r"^\d$", "d", "1"),
        (r"^(a)\1$", "aa", "ab"),
        (r"^\.\*$", ".*", "aa"),
        (r"^a)b$", "a)b", "ab"),
        (r"^$", "", "a"),
        (r"^(|b)c$", "c", "d"),
    ],
)
def test_extended(pattern: str, yes: str, no: str) -> None:
    assert matches(pattern, yes)
    assert not matches(pattern, no)


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        (r"^a+b(c|d){2}$", "a+b(c|d){2}", "aabcc"),
        (r"^\(a\)\{2\}$", "aa", "a"),
        (r"^*a$", "*a", "a"),
        (r"a^b$c", "a^b$c", "abc"),
        (r"\(^a\|b$\)", "xb", "xa"),
        (r"^a\+$", "aa", "b"),
    ],
)
def test_basic(pattern: str, yes: str, no: str) -> None:
    assert matches(pattern, yes, extended=False)
    assert not matches(pattern, no, extended=False)


def test_newline_mode() -> None:
    assert matches("^b", "a\nb", newline=True)
    assert not matches("a.b", "a\nb", newline=True)
    assert not matches("a[^x]b", "a\nb", newline=True)
    assert matches("a.b", "a\nb")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*a", "Invalid preceding regular expression"),
        ("a|*b", "Invalid preceding regular expression"),
        ("(+b)", "Invalid preceding regular expression"),
        ("^*b", "Invalid preceding regular expression"),
        ("{1}", "Invalid preceding regular expression"),
        ("a{2,1}", "Invalid content of \\{\\}"),
        ("x{a", "Unmatched \\{"),
        ("[z-a]", "Invalid range end"),
        ("[[:foo:]]", "Invalid character class name"),
        ("(a", "Unmatched ( or \\("),
        ("[a", "Unmatched [, [^, [:, [., or [="),
        ("a\\", "Trailing backslash"),
        ("[[.ab.]]", "Invalid collation character"),
        ("(" * 500 + ")" * 500, "Regular expression too big"),
    ],
)
def test_errors_are_the_c_library_s(pattern: str, text: str) -> None:
    with pytest.raises(BadPattern) as caught:
        translate(pattern.encode())
    assert str(caught.value) == text


@given(st.binary(max_size=80), st.booleans(), st.booleans())
def test_any_bytes(source: bytes, extended: bool, newline: bool) -> None:
    try:
        translate(source, extended=extended, newline=newline)
    except BadPattern as exc:
        assert str(exc)
