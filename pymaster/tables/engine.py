"""engine - compiled patterns with bounded work, whatever text they meet.

PCRE2 is used through ctypes when the library is there (on Debian it always is): the very engine of Postfix's pcre tables,
with a match limit, so `(a+)+$` against hostile text ends after some milliseconds instead of years. Without the library
Python's `re` does the work under a timer (`engine_re`). google-re2 is linear by construction but has no look-around, which
real pcre tables use. docs/adr/ holds the numbers.
"""

from __future__ import annotations

from typing import Protocol

# No pattern is longer; the longest in public configurations are spam word lists of some kilobytes.
MAX_PATTERN = 1 << 16


class BadPattern(Exception):
    """A pattern that cannot be compiled; the text says why."""


class TooComplex(Exception):
    """Matching reached its bound: nobody knows whether the pattern matches."""


class Pattern(Protocol):
    """A compiled pattern."""

    groups: int

    def matches(self, subject: bytes) -> bool:
        """Whether it matches anywhere in the subject; raises TooComplex."""

    def groups_of(self, subject: bytes) -> list[bytes] | None:
        """The match and its groups (b"" for one that took no part), or None; raises TooComplex."""


def compile_pattern(source: bytes, flags: frozenset[str]) -> Pattern:
    """A pattern in PCRE syntax; flags are pcre_table(5)'s letters (i m s x A E U). Raises BadPattern."""
    if len(source) > MAX_PATTERN:
        raise BadPattern("regular expression is too large")
    # Imported late: most programs have no pattern table.
    from pymaster.tables import engine_pcre2

    if engine_pcre2.available():
        return engine_pcre2.Pcre2Pattern(source, flags)
    from pymaster.tables import engine_re

    return engine_re.RePattern(source, flags)
