"""CREATE (RFC 3501 6.3.3; RFC 6154: special use; RFC 8474: the new mailbox's id)."""

from pymaster.dialog.imapd.answer import Answer, no, ok
from pymaster.dialog.imapd.names import decode
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import Verb
from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.server import Command
from pymaster.store.mailbox.contract import MailboxError

# Uses that a mailbox can be given (RFC 6154, RFC 8457); \All and \Flagged would be views, which there are none of.
USES = {
    use.lower(): use.decode()
    for use in (b"\\Archive", b"\\Drafts", b"\\Important", b"\\Junk", b"\\Sent", b"\\Trash")
}  # fmt: skip
MAX_LEVELS = 50


def run(session: Session, command: Command) -> Answer:
    """Make a mailbox; levels above it are made where they are missing."""
    args = command.args
    args.sp()
    raw = args.astring()
    uses = [] if args.at_end else _parameters(args)
    args.end()
    name = new_name(session, raw)
    special = [USES.get(use.lower(), "") for use in uses]
    if "" in special:
        return no(b"Unsupported special use", b"USEATTR")
    mailbox_id: str = session.world.run(session.account.create, name, tuple(dict.fromkeys(special)))
    session.tree_changed()
    return ok(b"Create completed.", b"MAILBOXID (%s)" % mailbox_id.encode())


def _parameters(args: Cursor) -> list[bytes]:
    """The uses in `(USE (\\Sent ...))`."""
    args.sp()
    args.enter()
    if args.word() != b"USE":
        raise BadSyntax("Unknown CREATE parameter")
    args.sp()
    found = args.items(args.flag)
    if not args.leave():
        raise BadSyntax("Unknown CREATE parameter")
    return found


def new_name(session: Session, raw: bytes) -> str:
    """A name for a mailbox that is to be; raises MailboxError CANNOT for one that could not be listed or is too deep."""
    name = decode(session, raw)
    if not name or "*" in name or "%" in name:
        raise MailboxError("CANNOT", "Invalid mailbox name")
    if name.count(session.account.separator) >= MAX_LEVELS:
        raise MailboxError("CANNOT", "Mailbox name has too many levels")
    return name


VERBS = (Verb(b"CREATE", run, capabilities=(b"CREATE-SPECIAL-USE",)),)
