"""STATUS: the selected mailbox, limits, what IMAP4rev2 took away; more in mailbox-status.txt."""

from pymaster.dialog.imapd.settings import Settings
from tests.unit.dialog.imapd.lab import Lab


def test_recent_is_nobodys_after_someone_took_it() -> None:
    lab = Lab()
    lab.add()
    assert lab.say(b"STATUS INBOX (RECENT)", select="")[0] == b'* STATUS "INBOX" (RECENT 1)'
    assert lab.say(b"STATUS INBOX (RECENT)")[0] == b'* STATUS "INBOX" (RECENT 1)'
    assert lab.say(b"STATUS INBOX (RECENT)", select="")[0] == b'* STATUS "INBOX" (RECENT 0)'


def test_selected_mailbox_tells_its_news_too() -> None:
    lab = Lab()
    session, io = lab.session([b"s SELECT INBOX\r\n", lab.add, b"a STATUS INBOX (MESSAGES RECENT)\r\n"])  # type: ignore[list-item]
    session.run(b"login")
    assert io.output.split(b"\r\n")[-5:-1] == [
        b'* STATUS "INBOX" (MESSAGES 1 RECENT 1)',
        b"* 1 EXISTS",
        b"* 1 RECENT",
        b"a OK Status completed.",
    ]


def test_append_limit_of_the_server() -> None:
    lab = Lab(Settings(append_limit=77))
    assert lab.say(b"STATUS INBOX (APPENDLIMIT)", select="")[0] == b'* STATUS "INBOX" (APPENDLIMIT 77)'


def test_rev2_has_no_recent() -> None:
    lines = Lab().say(b"ENABLE IMAP4rev2", b"STATUS INBOX (MESSAGES RECENT)", select="")
    assert lines[-1] == b"a BAD RECENT is not part of IMAP4rev2."


def test_asking_for_the_modseq_enables_condstore() -> None:
    lab = Lab()
    lab.add()
    lines = lab.say(b"STATUS INBOX (HIGHESTMODSEQ)", b"STORE 1 FLAGS.SILENT (\\Seen)")
    assert b"* 1 FETCH (MODSEQ (3))" in lines
