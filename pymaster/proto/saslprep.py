"""saslprep - SASLprep (RFC 4013): names and passwords in the one form in which two programs hash the same bytes.

ASCII passes as it is. What is forbidden there (control characters, unassigned code points, mixed directions) gives None.
"""

from __future__ import annotations

import stringprep
import unicodedata

_FORBIDDEN = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
    stringprep.in_table_a1,
)


def saslprep(text: str) -> str | None:
    """The prepared string; None when it holds what is forbidden."""
    if text.isascii() and text.isprintable():
        return text
    mapped = "".join(
        [" " if stringprep.in_table_c12(char) else char for char in text if not stringprep.in_table_b1(char)]
    )
    made = unicodedata.normalize("NFKC", mapped)
    if any(table(char) for char in made for table in _FORBIDDEN):
        return None
    if any(stringprep.in_table_d1(char) for char in made):
        # RFC 3454 section 6: right-to-left text begins and ends as such, and holds nothing of the other direction.
        ends = stringprep.in_table_d1(made[0]) and stringprep.in_table_d1(made[-1])
        if not ends or any(stringprep.in_table_d2(char) for char in made):
            return None
    return made
