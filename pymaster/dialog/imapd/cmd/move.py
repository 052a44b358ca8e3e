"""MOVE and UID MOVE (RFC 6851)."""

from pymaster.dialog.imapd.answer import Answer
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.transferring import carry_out
from pymaster.dialog.imapd.verbs import SELECTED, Verb
from pymaster.proto.imap.server import Command


def move(session: Session, command: Command) -> Answer:
    """MOVE."""
    return carry_out(session, command.args, move=True, uid=False)


def uid_move(session: Session, command: Command) -> Answer:
    """UID MOVE."""
    return carry_out(session, command.args, move=True, uid=True)


VERBS = (Verb(b"MOVE", move, SELECTED, capabilities=(b"MOVE",)), Verb(b"UID MOVE", uid_move, SELECTED))
