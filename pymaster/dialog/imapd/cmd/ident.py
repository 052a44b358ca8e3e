"""ID (RFC 2971): who the programs on both sides are. Bounded, and logged as one line."""

from pymaster.dialog.imapd.answer import Answer, ok
from pymaster.dialog.imapd.session import Session, quoted
from pymaster.dialog.imapd.verbs import SILENT, Verb
from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.server import Command
from pymaster.util import log
from pymaster.util.text import printable

# RFC 2971 section 3.3: pairs, octets of a name, octets of a value.
PAIRS, NAME, VALUE = 30, 30, 1024


def parameters(args: Cursor) -> list[tuple[bytes, bytes | None]]:
    """The list of an ID command; raises BadSyntax over the limits."""
    if args.take(b"NIL"):
        return []
    flat = args.items(args.nstring)
    if len(flat) % 2 or len(flat) > 2 * PAIRS:
        raise BadSyntax("ID wants up to 30 pairs of strings")
    found: list[tuple[bytes, bytes | None]] = []
    for name, value in zip(flat[::2], flat[1::2], strict=True):
        if name is None or len(name) > NAME or len(value or b"") > VALUE:
            raise BadSyntax("ID name or value too long")
        found.append((name, value))
    return found


def run(session: Session, command: Command) -> Answer:
    """Log the client's, tell ours."""
    command.args.sp()
    told = parameters(command.args)
    command.args.end()
    if told:
        text = ", ".join([f"{printable(name)}={printable(value or b'NIL')}" for name, value in told])
        log.info(f"imap({session.client.user})<{session.client.session}>: ID sent: {text}", session.client.number)
    session.write(b'* ID ("name" %s)\r\n' % quoted(session.settings.id_name))
    return ok(b"ID completed.")


VERBS = (Verb(b"ID", run, tells=SILENT, capabilities=(b"ID",)),)
