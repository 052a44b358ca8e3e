"""ENABLE (RFC 5161): the client says which extensions it understands beyond asking for them."""

from pymaster.dialog.imapd.answer import Answer, ok
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import SILENT, Verb
from pymaster.proto.imap.server import Command

KNOWN = (b"CONDSTORE", b"QRESYNC", b"UTF8=ACCEPT", b"IMAP4REV2")
_WRITTEN = {b"IMAP4REV2": b"IMAP4rev2"}


def run(session: Session, command: Command) -> Answer:
    """Switch on what is known and not on yet; QRESYNC implies CONDSTORE (RFC 7162 section 3.2.3)."""
    args = command.args
    wanted: list[bytes] = []
    while not args.at_end or not wanted:
        args.sp()
        wanted.append(args.word())
    switched: list[bytes] = []
    for name in wanted:
        if name in KNOWN and name not in session.enabled and name not in session.settings.disabled:
            session.enabled.add(name)
            switched.append(_WRITTEN.get(name, name))
            if name == b"QRESYNC":
                session.enabled.add(b"CONDSTORE")
    session.write(b"* ENABLED%s\r\n" % b"".join([b" " + name for name in switched]))
    apply(session)
    return ok(b"Enabled.")


def apply(session: Session) -> None:
    """Have the selected mailbox speak as the session does."""
    selected = session.selected
    if selected is not None:
        selected.condstore, selected.rev2 = session.condstore, session.rev2
        selected.qresync = b"QRESYNC" in session.enabled


VERBS = (Verb(b"ENABLE", run, tells=SILENT, capabilities=(b"ENABLE", b"CONDSTORE", b"QRESYNC", b"UTF8=ACCEPT")),)
