"""CAPABILITY (RFC 3501 section 6.1.1)."""

from pymaster.dialog.imapd.answer import Answer, ok
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import Verb
from pymaster.proto.imap.server import Command


def run(session: Session, command: Command) -> Answer:
    """Tell what the server can do."""
    command.args.end()
    session.write(b"* CAPABILITY %s\r\n" % session.capabilities())
    return ok(b"Capability completed.")


VERBS = (Verb(b"CAPABILITY", run),)
