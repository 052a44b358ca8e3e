"""COMPRESS DEFLATE (RFC 4978): from behind this command's answer on, both directions are deflated."""

from pymaster.dialog.imapd.answer import Answer, no, ok
from pymaster.dialog.imapd.compress import Deflated
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import SILENT, Verb
from pymaster.proto.imap.server import Command


def run(session: Session, command: Command) -> Answer | None:
    """Answer in clear, then switch; what the client sent behind the command is compressed already."""
    command.args.sp()
    mechanism = command.args.word()
    command.args.end()
    if mechanism != b"DEFLATE" or b"COMPRESS=DEFLATE" in session.settings.disabled:
        return no(b"No such compression.", b"CANNOT")
    if isinstance(session.io, Deflated):
        return no(b"COMPRESSION is active already.", b"COMPRESSIONACTIVE")
    session.write(ok(b"Begin compression.").line(command.tag))
    session.flush()
    session.io = Deflated(session.io, session.core.take_rest())
    return None


VERBS = (Verb(b"COMPRESS", run, tells=SILENT, capabilities=(b"COMPRESS=DEFLATE",)),)
