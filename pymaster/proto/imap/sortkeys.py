"""sortkeys - sort criteria (RFC 5256 section 3, SORT=DISPLAY: RFC 5957) and the order they give.

A criterion is a column: one value a message, already case-mapped. Messages that are alike stay in mailbox order, also
under REVERSE, which turns only the criterion behind it.
"""

from collections.abc import Callable, Sequence
from typing import Any

from pymaster.proto.imap.cursor import BadSyntax, Cursor

KEYS = (b"ARRIVAL", b"CC", b"DATE", b"FROM", b"SIZE", b"SUBJECT", b"TO", b"DISPLAYFROM", b"DISPLAYTO")
MAX_CRITERIA = 20

# (key, whether in reverse)
Criterion = tuple[bytes, bool]


def parse(args: Cursor) -> list[Criterion]:
    """The criteria in their parentheses; one that is there again changes nothing. Raises BadSyntax."""
    words = args.items(args.word, empty=False)
    if len(words) > 2 * MAX_CRITERIA:
        raise BadSyntax("Too many sort criteria")
    found: dict[bytes, bool] = {}
    reverse = False
    for word in words:
        if word == b"REVERSE":
            if reverse:
                raise BadSyntax("REVERSE twice")
            reverse = True
            continue
        if word not in KEYS:
            raise BadSyntax("Unknown sort criterion")
        found.setdefault(word, reverse)
        reverse = False
    if reverse:
        raise BadSyntax("REVERSE without a criterion")
    return list(found.items())


def ordered(
    rows: Sequence[int], criteria: Sequence[Criterion], column: Callable[[bytes], Callable[[int], Any]]
) -> list[int]:
    """Rising rows in the order of the criteria; `column(key)` gives a function from a row to its value."""
    result = list(rows)
    # From the last criterion to the first: each sort keeps the order of what is alike for it, reversed ones as well.
    for key, reverse in reversed(criteria):
        result.sort(key=column(key), reverse=reverse)
    return result
