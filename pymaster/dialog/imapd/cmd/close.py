"""CLOSE (RFC 3501 section 6.4.2) and UNSELECT (RFC 3691)."""

from pymaster.dialog.imapd.answer import Answer, ok
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import SELECTED, SILENT, Verb
from pymaster.proto.imap.server import Command


def close(session: Session, command: Command) -> Answer:
    """Expunge silently, unless the mailbox was only examined or that is not allowed, and leave it."""
    command.args.end()
    selected = session.selected
    assert selected is not None
    try:
        if not selected.read_only and "e" in selected.mailbox.rights:
            session.perform(selected.mailbox, selected.mailbox.expunge)
    finally:
        session.close_mailbox()
    return ok(b"Close completed.")


def unselect(session: Session, command: Command) -> Answer:
    """Leave the mailbox; nothing is expunged."""
    command.args.end()
    session.close_mailbox()
    return ok(b"Unselect completed.")


VERBS = (
    Verb(b"CLOSE", close, SELECTED, SILENT),
    Verb(b"UNSELECT", unselect, SELECTED, SILENT, capabilities=(b"UNSELECT",)),
)
