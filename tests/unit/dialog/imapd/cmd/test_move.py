"""MOVE: nothing moves when something cannot; see also golden dialogs."""

import pytest

from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.memory import MemoryMailbox
from tests.unit.dialog.imapd.lab import Lab


def test_a_refusal_moves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab()
    lab.account.create("A")
    lab.add()

    def refuse(self: MemoryMailbox, uids: object, target: object, *, move: bool = False) -> None:
        raise MailboxError("LIMIT", "Too many keywords")

    monkeypatch.setattr(MemoryMailbox, "copy", refuse)
    assert lab.say(b"MOVE 1 A") == [b"a NO [LIMIT] Too many keywords"]
    assert len(lab.box().state) == 1


def test_uids_that_are_not_there_mean_nothing() -> None:
    lab = Lab()
    lab.account.create("A")
    lab.add()
    assert lab.say(b"UID MOVE 1,7:9 A")[0] == b"* OK [COPYUID 1000002 1 1] Moved UIDs."
    assert lab.say(b"UID MOVE 1 A") == [b"a OK No messages found."]
