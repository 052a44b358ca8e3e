"""ENABLE (RFC 5161)."""

import pytest

from pymaster.dialog.imapd.settings import Settings
from tests.unit.dialog.imapd.lab import Lab


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (b"CONDSTORE", b" CONDSTORE"),
        (b"qresync", b" QRESYNC"),
        (b"UTF8=ACCEPT imap4REV2", b" UTF8=ACCEPT IMAP4rev2"),
        (b"FOO", b""),
        (b"FOO CONDSTORE CONDSTORE", b" CONDSTORE"),
    ],
)
def test_what_is_new(words: bytes, told: bytes) -> None:
    assert Lab().say(b"ENABLE " + words, select="") == [b"* ENABLED" + told, b"a OK Enabled."]


def test_once_only_and_qresync_brings_condstore() -> None:
    lines = Lab().say(b"ENABLE QRESYNC", b"ENABLE QRESYNC CONDSTORE", select="")
    assert lines[2] == b"* ENABLED"


def test_disabled() -> None:
    assert Lab(Settings(disabled=frozenset([b"QRESYNC"]))).say(b"ENABLE QRESYNC", select="")[0] == b"* ENABLED"


def test_bad() -> None:
    assert [
        line[:5] for line in Lab().say(b"ENABLE", b"ENABLE ", b"ENABLE (CONDSTORE)", b"ENABLE X  Y", select="")
    ] == [b"a BAD"] * 4


def test_the_selected_mailbox_speaks_as_enabled() -> None:
    lab = Lab()
    lab.add()
    lab.add(flags=(b"\\Deleted",))
    lines = lab.say(b"ENABLE QRESYNC", b"STORE 1 +FLAGS (\\Seen)", b"EXPUNGE")
    assert b"* 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Seen \\Recent))" in lines
    assert b"* VANISHED 2" in lines
    lines = lab.say(b"ENABLE IMAP4rev2", b"FETCH 1 FLAGS", b"NOOP")
    assert b"* 1 FETCH (FLAGS (\\Seen))" in lines
