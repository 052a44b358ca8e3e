"""Tables for people."""

from pymaster.commands.aligned import aligned


def test_columns_are_aligned_and_lines_have_no_blanks_at_the_end() -> None:
    assert aligned([["A", "LONG", "C"], ["abc", "x", ""]]) == "A    LONG  C\nabc  x\n"
