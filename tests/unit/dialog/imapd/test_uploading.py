"""Streamed literals: taken, refused and swallowed, refused and not swallowed (more in test_appending and the golden dialogs)."""

import pytest

from pymaster.dialog.imapd import uploading
from pymaster.dialog.imapd.settings import Settings
from tests.unit.dialog.imapd.lab import Lab


def test_a_refused_literal_beyond_bounds_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "SWALLOWED", 10)
    lab = Lab(Settings(append_limit=5))
    small = lab.talk([b"a APPEND INBOX {8+}\r\n12345678\r\nb NOOP\r\n"])
    assert small.endswith(b"b OK NOOP completed.\r\n") and b"a NO [TOOBIG]" in small
    large = lab.talk([b"a APPEND INBOX {11+}\r\n", b"12345678901\r\nb NOOP\r\n"])
    assert b"* BYE Literal too large" in large and b"b OK" not in large


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_the_session_stays_in_step_after_refusals(step: int) -> None:
    text = b"a APPEND nosuch {5+}\r\n12345 {3+}\r\nabc\r\nb APPEND INBOX (bad {4+}\r\nabcd\r\nc NOOP\r\n"
    said = Lab().talk([text[at : at + step] for at in range(0, len(text), step)])
    assert [line[:4] for line in said.split(b"\r\n")] == [b"a NO", b"b BA", b"c OK", b""]
