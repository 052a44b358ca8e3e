"""main.cf: logical lines and definitions."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.config import maincf
from pymaster.util.errors import ConfigError


def values(text: str) -> dict[str, str]:
    return {name: entry.value for name, entry in maincf.parse(text).entries.items()}


def test_lines_comments_and_continuations() -> None:
    text = "# c\n\na = 1\n b=2\n # inside\n\n\t3 # kept\nx=\n   #end\ny =  z  \r\n"
    assert values(text) == {"a": "1 b=2\t3 # kept", "x": "", "y": "z"}


def test_line_numbers() -> None:
    parsed = maincf.parse("\n# c\na = 1\n\n 2\nb = 3\n", "/etc/x")
    assert [(e.name, e.line) for e in parsed.entries.values()] == [("a", 3), ("b", 6)]
    assert parsed.where("b") == "/etc/x, line 6"
    assert parsed.where("none") == "/etc/x"


def test_last_definition_wins_with_a_warning() -> None:
    parsed = maincf.parse("biff = no\nbiff = yes\n", "/etc/postfix/main.cf")
    assert parsed.entries["biff"].value == "yes"
    assert parsed.warnings == ["/etc/postfix/main.cf, line 2: overriding earlier entry: biff=no"]


def test_leading_blank_is_ignored_with_a_warning() -> None:
    parsed = maincf.parse("  a = b\nc = d\n", "m")
    assert list(parsed.entries) == ["c"]
    assert parsed.warnings == ['m, line 1: logical line must not start with whitespace: "  a = b"']


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x=1\na b = c\n", "m, line 2: missing '=' after attribute name: \"a b = c\""),
        ("= c\n", 'm, line 1: missing attribute name: "= c"'),
        ("a\0=b\n", "m, line 1: unexpected NUL byte"),
    ],
)
def test_errors_name_file_and_line(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        maincf.parse(text, "m")
    assert str(caught.value).startswith(message)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "main.cf"
    path.write_bytes(b"a = \xff\xfe\n")
    assert maincf.load(str(path)).entries["a"].value.encode("utf-8", "surrogateescape") == b"\xff\xfe"
    for bad in (str(tmp_path / "none"), str(tmp_path), "\0"):
        with pytest.raises(ConfigError):
            maincf.load(bad)


@given(st.binary(max_size=200))
def test_garbage_is_only_ever_a_config_error(data: bytes) -> None:
    try:
        maincf.parse(data.decode("utf-8", "surrogateescape"))
    except ConfigError:
        return
