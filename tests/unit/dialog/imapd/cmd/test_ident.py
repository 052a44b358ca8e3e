"""ID (RFC 2971)."""

import pytest

from pymaster.util import log
from tests.unit.dialog.imapd.lab import Lab

ANSWER = [b'* ID ("name" "pymaster")', b"a OK ID completed."]


@pytest.mark.parametrize("text", [b"NIL", b"nil", b"()", b'("name" "mutt" "version" NIL)', b'("name" "a\\"b")'])
def test_answer(text: bytes) -> None:
    assert Lab().say(b"ID " + text, select="") == ANSWER


def test_one_safe_line_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(log, "info", lambda text, number=0: lines.append(text))
    Lab().talk([b'a ID ("name" {5+}\r\nx\r\ny\x1b "version" NIL)\r\n'])
    assert lines[0] == "imap(user)<s>: ID sent: name=x??y?, version=NIL"


@pytest.mark.parametrize(
    "text",
    [
        b"", b" ", b" x", b" (a b)", b' ("name")', b' (NIL "x")', b" (" + b'"a" ' * 61 + b'"b")', b' ("' + b"n" * 31 + b'" "x")',
        b' ("n" "' + b"v" * 1025 + b'")', b' ("a" "b") x',
    ],
)  # fmt: skip
def test_bad(text: bytes) -> None:
    assert Lab().say(b"ID" + text, select="")[0].startswith(b"a BAD ")
