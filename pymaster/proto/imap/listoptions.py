"""listoptions - the arguments of LIST with its extensions (RFC 5258, 5819, 6154, 8440, 9590), read but not yet understood.

LIST [(selection options)] reference pattern|(patterns) [RETURN (options)]
"""

from dataclasses import dataclass

from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.metadata import entry_name
from pymaster.proto.imap.statusitems import status_items

# Each pattern is matched with every mailbox.
MAX_PATTERNS = 100
MAX_ENTRIES = 100


@dataclass(slots=True)
class ListRequest:
    """One LIST. `extended`: anything of RFC 5258 was used. Options that select: `only_subscribed`, `remote`, `recursive`,
    `only_special`; options that ask for more: `subscribed`, `children`, `special`, `rights`, `status` (items), `entries`."""

    reference: bytes = b""
    patterns: tuple[bytes, ...] = ()
    extended: bool = False
    only_subscribed: bool = False
    remote: bool = False
    recursive: bool = False
    only_special: bool = False
    subscribed: bool = False
    children: bool = False
    special: bool = False
    rights: bool = False
    status: tuple[bytes, ...] = ()
    entries: tuple[bytes, ...] = ()


_SELECT = {
    b"SUBSCRIBED": "only_subscribed", b"REMOTE": "remote", b"RECURSIVEMATCH": "recursive", b"SPECIAL-USE": "only_special",
}  # fmt: skip
_RETURN = {b"SUBSCRIBED": "subscribed", b"CHILDREN": "children", b"SPECIAL-USE": "special", b"MYRIGHTS": "rights"}


def list_request(args: Cursor) -> ListRequest:
    """The arguments of LIST, from the space behind the command's name to the end; raises BadSyntax."""
    found = ListRequest()
    args.sp()
    if args.peek() == 40:
        found.extended = True
        _selection(args, found)
        args.sp()
    found.reference = args.astring()
    args.sp()
    if args.peek() == 40:
        found.extended = True
        found.patterns = tuple(args.items(args.list_mailbox, empty=False))
        if len(found.patterns) > MAX_PATTERNS:
            raise BadSyntax("Too many patterns")
    else:
        found.patterns = (args.list_mailbox(),)
    if not args.at_end:
        args.sp()
        args.need(b"RETURN")
        args.sp()
        found.extended = True
        args.items(lambda: _return_option(args, found))
    args.end()
    return found


def _selection(args: Cursor, found: ListRequest) -> None:
    for word in args.items(args.word):
        name = _SELECT.get(word)
        if name is None:
            raise BadSyntax(f"Unknown LIST selection option {word.decode('ascii', 'replace')[:40]}")
        setattr(found, name, True)
    # RFC 5258 section 3.1; the special use is no base option (RFC 6154 section 6).
    if found.recursive and not found.only_subscribed:
        raise BadSyntax("RECURSIVEMATCH must not be the only selection")


def _return_option(args: Cursor, found: ListRequest) -> None:
    word = args.word()
    if word == b"STATUS":
        args.sp()
        found.status = status_items(args)
    elif word == b"METADATA":
        args.sp()
        found.entries = entries(args)
    else:
        name = _RETURN.get(word)
        if name is None:
            raise BadSyntax(f"Unknown LIST return option {word.decode('ascii', 'replace')[:40]}")
        setattr(found, name, True)


def entries(args: Cursor) -> tuple[bytes, ...]:
    """One metadata entry or a parenthesized list of them."""
    if args.peek() != 40:
        return (entry_name(args.astring()),)
    found = args.items(lambda: entry_name(args.astring()), empty=False)
    if len(found) > MAX_ENTRIES:
        raise BadSyntax("Too many metadata entries")
    return tuple(dict.fromkeys(found))
