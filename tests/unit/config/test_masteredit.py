"""master.cf edited: entries, fields, settings."""

import pytest

from pymaster.config import masteredit
from pymaster.util.errors import ConfigError

TEXT = "# c\nsub inet n - y - - smtpd\n -o a=b -o { c = d e }\n# d\npol unix - n n - 0 spawn user=x argv=/y -o z\n"


def test_assign_replaces_or_appends() -> None:
    changed = masteredit.assign(TEXT, ["sub", "inet"], "sub inet n - n - 5 smtpd -o x=y")
    assert changed.startswith(
        "# c\nsub        inet  n       -       n       -       5       smtpd\n    -o x=y\n# d\npol unix"
    )
    assert masteredit.assign(TEXT, ["n", "unix"], "n unix - - - - - x").endswith(
        "n          unix  -       -       -       -       -       x\n"
    )
    for bad in ("n unix - - - - -", "n unix z - - - - x"):
        with pytest.raises(ConfigError):
            masteredit.assign(TEXT, ["n", "unix"], bad)


def test_remove_and_comment() -> None:
    assert masteredit.remove(TEXT, ["sub", "*"]).startswith("# c\n# d\npol")
    assert "#sub inet n - y - - smtpd\n# -o a=b -o { c = d e }\n# d\n" in masteredit.comment(TEXT, ["sub", "inet"])


def test_fields() -> None:
    words = ["sub", "inet", "n", "-", "y", "-", "-", "smtpd", "-o", "a=b"]
    assert masteredit.with_field(words, "chroot", "n")[4] == "n"
    assert masteredit.with_field(words, "command", "x -o y=z")[7:] == ["x", "-o", "y=z"]
    for field, value in (("chroot", "z"), ("nosuch", "n"), ("chroot", "n n"), ("type", "")):
        with pytest.raises(ConfigError):
            masteredit.with_field(words, field, value)


def test_settings() -> None:
    words = [
        "sub",
        "inet",
        *["n", "-", "y", "-", "-", "smtpd", "-o", "a=1", "-o"],
        "{ c = d e }",
        "-v",
        "-o",
        "a=2",
        "rest",
    ]
    assert masteredit.settings(words) == {"a": "2", "c": "d e"}
    assert masteredit.with_setting(words, "a", "3 4")[8:] == ["-o", "{a=3 4}", "-o", "{c=d e}", "-v", "rest"]
    assert masteredit.with_setting(words, "c", None)[8:] == ["-o", "a=1", "-v", "-o", "a=2", "rest"]
    assert masteredit.with_setting(words, "n", "")[8:][-3:] == ["-o", "n=", "rest"]


def test_change_counts() -> None:
    text, count = masteredit.change(TEXT, ["*"], lambda words: None)
    assert (text, count) == (TEXT, 2)
    assert masteredit.change(TEXT, ["x", "unix"], lambda words: None)[1] == 0
