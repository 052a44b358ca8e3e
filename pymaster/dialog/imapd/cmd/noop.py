"""NOOP and CHECK (RFC 3501 sections 6.1.2, 6.4.1): news of the selected mailbox comes with every answer."""

from pymaster.dialog.imapd.answer import Answer, bad, ok
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import SELECTED, Verb
from pymaster.proto.imap.server import Command


def noop(session: Session, command: Command) -> Answer:
    """Nothing but news."""
    command.args.end()
    return ok(b"NOOP completed.")


def check(session: Session, command: Command) -> Answer:
    """What was promised is durable already. IMAP4rev2 has no CHECK."""
    command.args.end()
    return bad(b"CHECK is not part of IMAP4rev2.") if session.rev2 else ok(b"Check completed.")


VERBS = (Verb(b"NOOP", noop), Verb(b"CHECK", check, SELECTED))
