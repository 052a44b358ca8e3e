"""regexp_table(5) and pcre_table(5): rules, flags, conditions, results."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.tables.base import BaseTable
from pymaster.tables.pattern import PatternTable, _Reader
from pymaster.util import log
from pymaster.util.errors import LookupFailed

Table = Callable[..., BaseTable]


def make(text: str | bytes, kind: str = "pcre", plain: bool = False) -> PatternTable:
    data = text.encode() if isinstance(text, str) else text
    reader = _Reader(kind, "t", plain)
    return PatternTable(f"{kind}:t", reader.read(data, "t"), reader.where)


def ask(text: str, *keys: str, kind: str = "pcre") -> list[str | None]:
    found = make(text, kind)
    return [None if (value := found.get(key.encode())) is None else value.decode() for key in keys]


@pytest.fixture(params=["pcre", "regexp"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_first_match_and_groups(kind: str) -> None:
    text = "/^a(.*)(x)?$/ <$1> ${1}$(1)$$ [$2]\n/^a/ never\n|^b$| bar\n/c/ c c \n  more\n"
    assert ask(text, "AbC", "b", "xcx", "q", kind=kind) == ["<bC> bCbC$ []", "bar", "c c   more", None]


def test_case_flag_toggles(kind: str) -> None:
    assert ask("/^a$/ any\n/^b$/i exact\n/^c$/ii any\n", "A", "B", "b", "C", kind=kind) == ["any", None, "exact", "any"]


def test_negation(kind: str) -> None:
    assert ask("!/a/ none\n!!/a/ some\n", "b", "a", kind=kind) == ["none", "some"]


def test_conditions(kind: str) -> None:
    text = "if /^a/\n/^ab/ ab\nif !/c/\n/^a(.)/ [$1]\nendif\n/c/ c\nendif\n/./ last\n"
    assert ask(text, "abc", "ax", "acx", "axc", "zz", kind=kind) == ["ab", "[x]", "c", "c", "last"]


def test_pcre_flags() -> None:
    assert ask("/^b/m multi\n", "a\nb") == ["multi"]
    assert ask("/a.b/ dotall\n", "a\nb") == ["dotall"]
    assert ask("/a.b/s no\n", "a\nb") == [None]
    assert ask("/a b/x spaced\n", "ab", "a b") == ["spaced", None]
    assert ask("/b/A anchored\n", "ab", "b") == [None, "anchored"]
    assert ask("/a$/E end\n/a$/ newline\n", "a", "a\n") == ["end", "newline"]
    assert ask("/<(.+)>/U $1\n/<(.+)>/ $1\n", "<a><b>") == ["a"]


def test_regexp_flags() -> None:
    assert ask("/^b$/m multi\n", "a\nb\nc", kind="regexp") == ["multi"]
    assert ask("/a.b/m no\n/a[^x]b/m no\n/a.b/ yes\n", "a\nb", kind="regexp") == ["yes"]
    # Without flag x on, a pattern is a basic expression.
    assert ask("/^a+\\(b\\)$/x <$1>\n", "a+b", "aab", kind="regexp") == ["<b>", None]
    assert ask("/a$/ end\n", "a\n", kind="regexp") == [None]


def test_posix_classes(kind: str) -> None:
    assert ask("/^[[:alpha:]_]+[[:digit:]]{2}$/ x\n", "ab_12", "ab1", kind=kind) == ["x", None]


def test_look_around_and_inline_options() -> None:
    text = "/^(?!owner-)(.*)-outgoing@(.*)/ 550 Use ${1}@${2} instead\n"
    assert ask(text, "list-outgoing@x", "owner-list-outgoing@x") == ["550 Use list@x instead", None]


def test_text_in_other_scripts() -> None:
    assert ask("/^k\u00f6ln.$/ x\n", "K\u00d6LN\u00e9") == ["x"]
    # Bytes that are no UTF-8 are still looked at.
    assert make("/secret/ x\n/^.\u00e9/ y\n").get(b"\xff secret") == b"x"


@pytest.mark.parametrize(
    ("rule", "warning"),
    [
        ("!/c/ no $1", "$number found in negative match replacement text: skipping this rule"),
        ("endif", "ignoring ENDIF without matching IF"),
        ("/noend", 'no closing regexp delimiter "/": skipping this rule'),
        ("/x/q val", 'unknown regexp option "q": skipping this rule'),
        ("/x/", "no replacement text: using empty string"),
        ("/x/ $2", 'out of range replacement index "2": skipping this rule'),
        ("/(x)/ $0", 'out of range replacement index "0": skipping this rule'),
        ("foo bar", "ignoring unrecognized request"),
        ("a(b)a x", "ignoring unrecognized request"),
        ("/(x)/ $y", 'non-numeric replacement index "y"'),
        ("/(x)/ $1y", 'non-numeric replacement index "1y"'),
        ("/(x)/ ${1", "truncated macro reference"),
        ("/(x)/ a$ ", "empty macro name"),
        ("if /x/ y\nendif", 'ignoring extra text after IF statement: "y"'),
        ("if /x/\nendif y", "ignoring extra text after ENDIF"),
        ("if /x/", "IF has no matching ENDIF"),
        ("! ", "no regexp delimiter: skipping this rule"),
    ],
)
def test_warnings(rule: str, warning: str, kind: str, sink: log.MemorySink) -> None:
    make(rule + "\n", kind)
    assert f"warning: {kind} map t, line " in sink.text
    assert warning in sink.text


def test_bad_patterns_are_left_out(sink: log.MemorySink) -> None:
    assert ask("/(/ x\n/[/ y\n/a/ z\n", "a") == ["z"]
    assert "line 1: error in regex at offset 1: missing closing parenthesis" in sink.text


def test_hostile_text_fails_the_lookup(kind: str, sink: log.MemorySink) -> None:
    found = make("/^ok$/ x\n/(a+)+$/ y\n", kind)
    with pytest.raises(LookupFailed):
        found.get(b"a" * 5000 + b"b")
    assert f"warning: {kind} map t, line 2: matching error: " in sink.text
    assert found.get(b"ok") == b"x"


def test_files_are_watched(table: Table, write: Callable[..., str]) -> None:
    found = table(f"pcre:{write('/a/ b')}")
    assert not found.changed()
    write("/a/ c ")
    assert found.changed()


@given(st.binary(max_size=200), st.sampled_from(["pcre", "regexp"]))
def test_any_bytes(data: bytes, kind: str) -> None:
    log.setup(log.MemorySink(), "test")
    found = make(data, kind)
    try:
        found.get(b"user@example.com")
    except LookupFailed:
        assert found.steps


@given(st.text("/ab()[]*+?{},|.$1!if \nend^\\:-", max_size=60))
def test_any_rules(text: str) -> None:
    log.setup(log.MemorySink(), "test")
    for kind in ("pcre", "regexp"):
        try:
            make(text, kind).get(b"abba")
        except LookupFailed:
            continue


def test_deep_nesting() -> None:
    depth = 5000
    assert ask("if /a/\n" * depth + "/a/ x\n" + "endif\n" * depth, "a") == ["x"]
