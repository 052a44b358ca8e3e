"""COPY and UID COPY (RFC 3501 section 6.4.7, RFC 4315)."""

from pymaster.dialog.imapd.answer import Answer
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.transferring import carry_out
from pymaster.dialog.imapd.verbs import SELECTED, Verb
from pymaster.proto.imap.server import Command


def copy(session: Session, command: Command) -> Answer:
    """COPY."""
    return carry_out(session, command.args, move=False, uid=False)


def uid_copy(session: Session, command: Command) -> Answer:
    """UID COPY."""
    return carry_out(session, command.args, move=False, uid=True)


VERBS = (Verb(b"COPY", copy, SELECTED), Verb(b"UID COPY", uid_copy, SELECTED))
