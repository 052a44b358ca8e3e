"""LOGOUT (RFC 3501 section 6.1.3)."""

from pymaster.dialog.imapd.answer import Answer, ok
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import SILENT, Verb
from pymaster.proto.imap.server import Command


def run(session: Session, command: Command) -> Answer:
    """Say goodbye; nothing is expunged."""
    command.args.end()
    session.write(b"* BYE Logging out\r\n")
    session.end("Logged out")
    return ok(b"Logout completed.")


VERBS = (Verb(b"LOGOUT", run, tells=SILENT),)
