"""Tagged answers."""

from pymaster.dialog.imapd import answer
from pymaster.store.mailbox.contract import MailboxError


def test_lines() -> None:
    assert answer.ok(b"Done.").line(b"a") == b"a OK Done.\r\n"
    assert answer.ok(b"Done.", b"READ-ONLY").line(b"a") == b"a OK [READ-ONLY] Done.\r\n"
    assert answer.no(b"Never.", b"CANNOT").line(b"b1") == b"b1 NO [CANNOT] Never.\r\n"
    assert answer.bad(b"What?").line(b"c") == b"c BAD What?\r\n"


def test_refusals_of_the_store_are_ascii() -> None:
    assert (
        answer.refusal(MailboxError("NONEXISTENT", "kein Entwürfe")).line(b"a")
        == b"a NO [NONEXISTENT] kein Entw?rfe\r\n"
    )
    assert answer.refusal(MailboxError("", "no")).line(b"a") == b"a NO no\r\n"
