"""flags - the flags of STORE, APPEND and their kin (RFC 3501 section 2.3.2): system flags and keywords, as a list or bare."""

from pymaster.proto.imap.cursor import BadSyntax, Cursor

_SYSTEM = frozenset([b"\\seen", b"\\answered", b"\\flagged", b"\\deleted", b"\\draft"])
MAX_FLAGS = 256


def one_flag(args: Cursor) -> bytes:
    """A flag that a client may set; raises BadSyntax for \\\\Recent and for system flags that do not exist."""
    flag = args.flag()
    if flag.startswith(b"\\") and flag.lower() not in _SYSTEM:
        raise BadSyntax("Invalid system flag")
    return flag


def flag_list(args: Cursor) -> list[bytes]:
    """Flags in parentheses, maybe none."""
    return _bounded(args.items(lambda: one_flag(args)))


def flags_to_end(args: Cursor) -> list[bytes]:
    """The flags of STORE, in parentheses or bare, up to the end of the command."""
    if args.peek() == 40:
        found = flag_list(args)
    else:
        found = [one_flag(args)]
        while not args.at_end:
            args.sp()
            found.append(one_flag(args))
    args.end()
    return _bounded(found)


def _bounded(found: list[bytes]) -> list[bytes]:
    if len(found) > MAX_FLAGS:
        raise BadSyntax("Too many flags")
    return found
