"""Recipients out of headers."""

import pytest

from pymaster.commands.extract import complete, recipients


def test_plain_and_resent() -> None:
    text = b"To: a@x, (c) B <b@x>,\n c@x\nbcc: d@x, a@x\nCC: g: e@x;\nReply-To: no@x\n\nTo: body@x\n"
    assert recipients(text) == [b"a@x", b"b@x", b"c@x", b"d@x", b"e@x"]
    assert recipients(b"Resent-To: r@x\n" + text) == [b"r@x"]
    assert recipients(b"To: unended@x") == [b"unended@x"]
    assert recipients(b"") == []


@pytest.mark.parametrize(
    ("text", "want"), [(b"A: b\n", False), (b"A: b\n\n", True), (b"\n", True), (b"A: b\nno\n", True), (b"A", False)]
)
def test_complete(text: bytes, want: bool) -> None:
    assert complete(text) is want
