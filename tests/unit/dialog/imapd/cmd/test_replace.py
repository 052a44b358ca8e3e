"""REPLACE: when the new message cannot be had, the old one stays; see also golden dialogs."""

import pytest

from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.memory import MemoryMailbox
from tests.unit.dialog.imapd.lab import Lab


def test_the_old_message_stays_unless_the_new_one_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab()
    lab.add()

    def refuse(self: MemoryMailbox, drafts: object) -> list[int]:
        raise MailboxError("OVERQUOTA", "Quota exceeded")

    monkeypatch.setattr(MemoryMailbox, "append", refuse)
    assert lab.say(b"REPLACE 1 INBOX {3+}\r\nabc") == [b"a NO [OVERQUOTA] Quota exceeded"]
    assert lab.talk([b"a SELECT INBOX\r\nb REPLACE 1 INBOX {3+}\r\nab"]).endswith(
        b"a OK [READ-WRITE] Select completed.\r\n"
    )
    assert list(lab.box().state.uids) == [1]


def test_the_mark_of_deletion_is_not_needed_and_not_followed() -> None:
    lab = Lab()
    lab.add(flags=[b"\\Deleted"])
    lab.add()
    lines = lab.say(b"ENABLE CONDSTORE", b"REPLACE 2 INBOX (\\Draft) {3+}\r\nabc")
    assert lines[2:] == [
        b"* OK [APPENDUID 1000001 3] Replacement message ready.",
        b"* 2 EXPUNGE",
        b"* 2 EXISTS",
        b"* 2 RECENT",
        b"a OK [HIGHESTMODSEQ 5] Replace completed.",
    ]
    assert list(lab.box().state.uids) == [1, 3]
