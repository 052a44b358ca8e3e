"""EXPUNGE: HIGHESTMODSEQ for those who follow it; see also golden dialogs."""

from tests.unit.dialog.imapd.lab import Lab


def test_highest_modseq_when_something_went() -> None:
    lab = Lab()
    lab.add(flags=[b"\\Deleted"])
    lines = lab.say(b"ENABLE CONDSTORE", b"EXPUNGE", b"EXPUNGE")
    assert lines[2:] == [b"* 1 EXPUNGE", b"a OK [HIGHESTMODSEQ 3] Expunge completed.", b"a OK Expunge completed."]


def test_only_what_is_marked_goes() -> None:
    lab = Lab()
    lab.add()
    lab.add(flags=[b"\\Deleted"])
    assert lab.say(b"UID EXPUNGE 1") == [b"a OK Expunge completed."]
    assert lab.say(b"UID EXPUNGE 3:9") == [b"a OK Expunge completed."]
    assert lab.say(b"UID EXPUNGE 1:*") == [b"* 2 EXPUNGE", b"a OK Expunge completed."]
