"""CAPABILITY."""

from pymaster.dialog.imapd.settings import Settings
from tests.unit.dialog.imapd.lab import Lab


def test_list() -> None:
    lab = Lab(Settings(append_limit=100, disabled=frozenset([b"IDLE"])))
    line, done = lab.say(b"CAPABILITY", select="")
    words = line.split(b" ")
    assert words[:4] == [b"*", b"CAPABILITY", b"IMAP4rev1", b"IMAP4rev2"]
    assert b"APPENDLIMIT=100" in words
    assert b"IDLE" not in words
    assert done == b"a OK Capability completed."
    assert line.removeprefix(b"* ") in lab.greeting


def test_no_arguments() -> None:
    assert Lab().say(b"CAPABILITY x", select="") == [b"a BAD Junk after the arguments"]
