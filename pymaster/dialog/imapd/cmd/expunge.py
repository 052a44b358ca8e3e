"""EXPUNGE (RFC 3501 section 6.4.3) and UID EXPUNGE (RFC 4315 section 2.1)."""

from pymaster.dialog.imapd.answer import Answer, no, ok
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import SELECTED, Verb
from pymaster.proto.imap.server import Command


def expunge(session: Session, command: Command) -> Answer:
    """Remove what is marked \\\\Deleted."""
    command.args.end()
    return _expunge(session, None)


def uid_expunge(session: Session, command: Command) -> Answer:
    """Remove what is marked \\\\Deleted among these UIDs."""
    args, selected = command.args, session.selected
    assert selected is not None
    args.sp()
    numbers = args.sequence_set()
    args.end()
    return _expunge(session, selected.uids(selected.rows(numbers, uid=True)))


def _expunge(session: Session, uids: list[int] | None) -> Answer:
    """The EXPUNGE or VANISHED responses are the news that come before the answer."""
    selected = session.selected
    assert selected is not None
    if selected.read_only:
        return no(b"Mailbox is read-only.", b"READ-ONLY")
    mailbox = selected.mailbox
    gone = session.perform(mailbox, mailbox.expunge, uids) if uids != [] else []
    # RFC 7162 section 3.2.7: what the client may keep as the modseq it is up to date with.
    highest = b"HIGHESTMODSEQ %d" % mailbox.state.highest if gone and session.condstore else b""
    return ok(b"Expunge completed.", highest)


VERBS = (
    Verb(b"EXPUNGE", expunge, SELECTED),
    Verb(b"UID EXPUNGE", uid_expunge, SELECTED, capabilities=(b"UIDPLUS",)),
)
