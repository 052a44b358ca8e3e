"""statusitems - what STATUS can be asked for (RFC 3501 6.3.10, RFC 7162, 7889, 8438, 8474, 9208)."""

from pymaster.proto.imap.cursor import BadSyntax, Cursor

# In the order in which they are answered.
ITEMS = (
    b"MESSAGES", b"RECENT", b"UIDNEXT", b"UIDVALIDITY", b"UNSEEN", b"HIGHESTMODSEQ", b"SIZE", b"DELETED",
    b"DELETED-STORAGE", b"APPENDLIMIT", b"MAILBOXID",
)  # fmt: skip


def status_items(args: Cursor) -> tuple[bytes, ...]:
    """The parenthesized list of a STATUS command or option, each item once, in the order of the answer."""
    asked = set(args.items(args.word, empty=False))
    unknown = asked.difference(ITEMS)
    if unknown:
        raise BadSyntax(f"Invalid status item {min(unknown).decode('ascii', 'replace')[:40]}")
    return tuple([item for item in ITEMS if item in asked])
