"""CLOSE and UNSELECT."""

import pytest

from pymaster.store.mailbox.contract import MailboxError
from tests.unit.dialog.imapd.lab import Lab


def test_close_expunges_in_silence() -> None:
    lab = Lab()
    lab.add(flags=(b"\\Deleted",))
    lab.add()
    assert lab.say(b"CLOSE", b"CHECK") == [b"a OK Close completed.", b"a BAD No mailbox selected."]
    assert list(lab.box().state.uids) == [2]


@pytest.mark.parametrize("select", [b"EXAMINE INBOX", b"SELECT INBOX"])
def test_nothing_goes_from_an_examined_mailbox_or_by_unselect(select: bytes) -> None:
    lab = Lab()
    lab.add(flags=(b"\\Deleted",))
    lines = lab.say(select, b"CLOSE" if select.startswith(b"EX") else b"UNSELECT", select="")
    assert lines[-1].startswith(b"a OK ")
    assert len(lab.box().state) == 1


def test_others_are_told() -> None:
    lab = Lab()
    lab.add(flags=(b"\\Deleted",))
    out = lab.talk([b"s SELECT INBOX\r\n", lambda: lab.other(b"CLOSE"), b"n NOOP\r\n"])
    assert out.endswith(b"* 1 EXPUNGE\r\nn OK NOOP completed.\r\n")


def test_a_mailbox_that_cannot_be_expunged_is_left_all_the_same() -> None:
    lab = Lab()

    def refuse(uids: object = None) -> list[int]:
        raise MailboxError("NOPERM", "No")

    lab.box().expunge = refuse  # type: ignore[method-assign, assignment]
    assert lab.say(b"CLOSE", b"CHECK") == [b"a NO [NOPERM] No", b"a BAD No mailbox selected."]


def test_syntax() -> None:
    assert Lab().say(b"CLOSE x", b"UNSELECT x", b"CHECK")[-1] == b"a OK Check completed."
