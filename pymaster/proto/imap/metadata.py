"""metadata - entry names and options of GETMETADATA and SETMETADATA (RFC 5464)."""

import re

from pymaster.proto.imap.cursor import BadSyntax, Cursor

# RFC 5464 section 3.2: printable ASCII without wildcards, levels that are not empty, /private or /shared first.
_ENTRY = re.compile(rb"/(?:private|shared)(?:/[^\x00-\x1f\x7f-\xff*%/]+)+")
MAX_ENTRY = 255
# Depth of GETMETADATA: the entry alone, its children, all below it.
ALONE, CHILDREN, ALL = 0, 1, 2
_DEPTHS = {b"0": ALONE, b"1": CHILDREN, b"INFINITY": ALL}


def entry_name(name: bytes) -> bytes:
    """An entry name in the form in which it is kept (lower case); raises BadSyntax."""
    lower = name.lower()
    if len(lower) > MAX_ENTRY or not _ENTRY.fullmatch(lower):
        raise BadSyntax("Invalid metadata entry name")
    return lower


def asked_name(name: bytes) -> bytes:
    """An entry name as GETMETADATA may have it: with DEPTH, `/private` and `/shared` themselves are of use too."""
    lower = name.lower()
    return lower if lower in (b"/private", b"/shared") else entry_name(lower)


def options(args: Cursor) -> tuple[int | None, int]:
    """(MAXSIZE, depth) of GETMETADATA's option list; raises BadSyntax."""
    largest, depth = None, ALONE
    for name, value in args.items(lambda: _option(args)):
        if name == b"MAXSIZE":
            largest = value
        else:
            depth = value
    return largest, depth


def _option(args: Cursor) -> tuple[bytes, int]:
    name = args.word()
    args.sp()
    if name == b"MAXSIZE":
        return name, args.number()
    if name == b"DEPTH":
        word = args.word()
        if word not in _DEPTHS:
            raise BadSyntax("Invalid DEPTH")
        return name, _DEPTHS[word]
    raise BadSyntax("Unknown GETMETADATA option")


def within(entry: bytes, asked: bytes, depth: int) -> bool:
    """Whether an entry is meant by asking for `asked` with a depth."""
    if entry == asked:
        return True
    if depth == ALONE or not entry.startswith(asked + b"/"):
        return False
    return depth == ALL or b"/" not in entry[len(asked) + 1 :]
