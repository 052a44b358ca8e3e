"""Items of STATUS."""

import pytest

from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.statusitems import ITEMS, status_items


def items(text: bytes) -> tuple[bytes, ...]:
    return status_items(Cursor([text], []))


def test_in_the_order_of_the_answer() -> None:
    assert items(b"(unseen MESSAGES unseen)") == (b"MESSAGES", b"UNSEEN")
    assert items(b"(" + b" ".join(reversed(ITEMS)) + b")") == ITEMS


@pytest.mark.parametrize(
    "text", [b"", b"()", b"MESSAGES", b"(MESSAGES", b"(FOO)", b"(MESSAGES  UNSEEN)", b"(MESSAGES )"]
)
def test_bad(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        items(text)
