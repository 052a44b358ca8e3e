"""Entries as lines: folding and columns."""

from pymaster.config import layout


def test_paragraph() -> None:
    text = "name = " + ", ".join(["permit_mynetworks"] * 6)
    assert layout.paragraph("a =   b\t c ", False) == "a = b c"
    assert layout.paragraph("a = {b  c}", False) == "a = {b c}"
    lines = layout.paragraph(text, True).split("\n")
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("    permit")
    assert layout.paragraph("", True) == ""


def test_columns() -> None:
    words = ["smtp", "inet", "n", "-", "y", "-", "-", "smtpd"]
    assert layout.service(words, False) == "smtp       inet  n       -       y       -       -       smtpd"
    words[0] = "10.0.0.1:2525"
    assert layout.service(words, False) == "10.0.0.1:2525 inet n     -       y       -       -       smtpd"


def test_folded_command() -> None:
    words = ["smtpd", "-v", "-o", "a=b", "-o{ c = d e }", "{x y}", "z", "-o", "q"]
    assert layout.command(words, False) == "smtpd -v -o a=b -o {c=d e} {x y} z -o q"
    assert layout.command(words, True, 57) == "smtpd -v\n    -o a=b\n    -o {c=d e}\n    {x y} z -o q"


def test_what_cannot_be_understood_stays() -> None:
    assert layout.command(["x", "-o", "nonsense", "-o"], False) == "x -o nonsense -o"
    assert layout.normal_setting("{a") == "{a"
