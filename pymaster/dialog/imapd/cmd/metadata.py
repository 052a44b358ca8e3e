"""GETMETADATA and SETMETADATA (RFC 5464): notes that clients keep at mailboxes, or with name "" at the server.

Values are any octets. What the server says of itself (`/shared` of name "") is not the user's to write.
"""

from pymaster.dialog.imapd import tree
from pymaster.dialog.imapd.answer import Answer, no, ok
from pymaster.dialog.imapd.names import decode, encode, string
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import Verb
from pymaster.proto.imap import metadata
from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.listoptions import MAX_ENTRIES
from pymaster.proto.imap.server import Command
from pymaster.store.mailbox.contract import MailboxError

# Octets of a value; entries of a mailbox.
MAX_SIZE, MAX_COUNT = 32768, 256


def get(session: Session, command: Command) -> Answer:
    """Tell entries. The options may stand before or behind the mailbox: the RFC's grammar has the one, its examples the other."""
    args = command.args
    args.sp()
    largest, depth = None, metadata.ALONE
    if args.peek() == 40:
        largest, depth = metadata.options(args)
        args.sp()
    raw = args.astring()
    args.sp()
    # An entry begins with a slash, a quotation mark or a literal's brace; an option does not.
    if args.peek() == 40 and args.rest[1:2] not in (b"/", b'"', b"{", b"~"):
        largest, depth = metadata.options(args)
        args.sp()
    wanted = _wanted(args)
    args.end()
    name = _mailbox(session, raw)
    found, longest = _found(session.account.metadata(name), wanted, largest, depth)
    if found:
        session.write(response(session, name, found))
    return ok(b"Getmetadata completed.", b"METADATA LONGENTRIES %d" % longest if longest else b"")


def _wanted(args: Cursor) -> list[bytes]:
    if args.peek() != 40:
        return [metadata.asked_name(args.astring())]
    found = args.items(lambda: metadata.asked_name(args.astring()), empty=False)
    if len(found) > MAX_ENTRIES:
        raise BadSyntax("Too many metadata entries")
    return list(dict.fromkeys(found))


def _found(
    entries: dict[str, bytes], asked: list[bytes], largest: int | None, depth: int
) -> tuple[dict[bytes, bytes | None], int]:
    """(values by name, size of the longest one that was left out); an entry that is not there is told as NIL."""
    found: dict[bytes, bytes | None] = {}
    longest = 0
    kept = sorted([(name.encode(), value) for name, value in entries.items()])
    for wanted in asked:
        if depth == metadata.ALONE and wanted.decode() not in entries:
            found[wanted] = None
        for name, value in kept:
            if not metadata.within(name, wanted, depth):
                continue
            if largest is not None and len(value) > largest:
                longest = max(longest, len(value))
            else:
                found[name] = value
    return found, longest


def response(session: Session, name: str, values: dict[bytes, bytes | None]) -> bytes:
    """The METADATA response."""
    parts = [b"%s %s" % (_entry(entry), _value(value)) for entry, value in values.items()]
    return b"* METADATA %s (%s)\r\n" % (encode(session, name), b" ".join(parts))


def _entry(name: bytes) -> bytes:
    """An entry name as an atom, where it is one."""
    return string(name) if any(byte in b' "\\(){%*]' for byte in name) else name


def _value(value: bytes | None) -> bytes:
    if value is None:
        return b"NIL"
    if b"\0" in value:
        return b"~{%d}\r\n%s" % (len(value), value)
    return string(value) if value.isascii() else b"{%d}\r\n%s" % (len(value), value)


def asked(session: Session, name: str, entries: tuple[bytes, ...]) -> bytes:
    """The METADATA response that LIST gives for a mailbox (RFC 9590); what is not there is NIL. Raises MailboxError."""
    kept = session.account.metadata(name)
    return response(session, name, {entry: kept.get(entry.decode()) for entry in entries})


def set_(session: Session, command: Command) -> Answer:
    """Set and remove entries, all or none."""
    args = command.args
    args.sp()
    raw = args.astring()
    args.sp()
    values = dict(args.items(lambda: _pair(args), empty=False))
    args.end()
    name = _mailbox(session, raw)
    if any(len(value or b"") > MAX_SIZE for value in values.values()):
        return no(b"Metadata value too large", b"METADATA MAXSIZE %d" % MAX_SIZE)
    if not name and any(entry.startswith("/shared") for entry in values):
        return no(b"Server annotations can't be changed", b"NOPERM")
    left = set(session.account.metadata(name)).union(values) - {
        entry for entry, value in values.items() if value is None
    }
    if len(left) > MAX_COUNT:
        return no(b"Too many metadata entries", b"METADATA TOOMANY")
    try:
        session.world.run(session.account.set_metadata, name, values)
    except MailboxError as exc:
        if exc.code == "LIMIT":
            return no(b"Too much metadata", b"METADATA TOOMANY")
        raise
    return ok(b"Setmetadata completed.")


def _pair(args: Cursor) -> tuple[str, bytes | None]:
    entry = metadata.entry_name(args.astring())
    args.sp()
    return entry.decode(), args.nstring()


def _mailbox(session: Session, raw: bytes) -> str:
    """The mailbox's name, "" for the server."""
    if not raw:
        return ""
    name = decode(session, raw)
    tree.existing(session, name)
    return name


VERBS = (
    Verb(b"GETMETADATA", get, capabilities=(b"METADATA", b"METADATA-SERVER")),
    Verb(b"SETMETADATA", set_),
)
