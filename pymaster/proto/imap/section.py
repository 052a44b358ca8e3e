"""section - what stands in the brackets of BODY[...] and BINARY[...], and cutting it out of a message (RFC 3501 section 6.4.5).

The message is in wire form, its part tree comes from the digest; a section is a slice between two offsets, or header fields
picked from such a slice.
"""

import re
from dataclasses import dataclass

from pymaster.proto.imap.cursor import U63, BadSyntax, Cursor
from pymaster.proto.imap.fields import MAX_NAMES, MAX_OCTETS, NAME, picker
from pymaster.proto.message.parttree import MESSAGE, Part, find

HEADER, TEXT, MIME = b"HEADER", b"TEXT", b"MIME"
FIELDS, FIELDS_NOT = b"HEADER.FIELDS", b"HEADER.FIELDS.NOT"
# As deep as a message is parsed (access.md 8), and numbers that part trees can have.
MAX_PATH = 100
_PATH = re.compile(rb"[1-9][0-9]{0,9}(?:\.[1-9][0-9]{0,9})*")
_WHAT = re.compile(rb"(?i:HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME)")
_PARTIAL = re.compile(rb"<([0-9]{1,19})\.([0-9]{1,19})>")
_PLAIN = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\]+")


@dataclass(frozen=True, slots=True)
class Section:
    """`path`: part numbers, () for the message; `what`: b"" for all of it, HEADER, TEXT, MIME, FIELDS or FIELDS_NOT with
    `fields` as the client wrote them."""

    path: tuple[int, ...] = ()
    what: bytes = b""
    fields: tuple[bytes, ...] = ()

    @property
    def label(self) -> bytes:
        """The text between the brackets, as the answer repeats it."""
        parts = [b"%d" % number for number in self.path]
        if self.what:
            parts.append(self.what)
        text = b".".join(parts)
        return b"%s (%s)" % (text, b" ".join([_written(name) for name in self.fields])) if self.fields else text

    @property
    def of_header(self) -> bool:
        """Whether the message's header section is enough to answer it."""
        return not self.path and self.what in (HEADER, FIELDS, FIELDS_NOT)


def _written(name: bytes) -> bytes:
    return name if _PLAIN.fullmatch(name) else b'"%s"' % name.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def parse_section(args: Cursor, *, binary: bool = False) -> Section:
    """Read `[section]`; `binary`: part numbers only (RFC 3516). Raises BadSyntax."""
    args.need(b"[")
    path = parse_path(args)
    what = b""
    names: tuple[bytes, ...] = ()
    if not binary and (not path or args.take(b".")):
        found = args.match(_WHAT)
        if found is not None:
            what = found.group().upper()
        elif path:
            raise BadSyntax("Bad section")
        if what == MIME and not path:
            raise BadSyntax("MIME needs a part number")
        if what in (FIELDS, FIELDS_NOT):
            args.sp()
            names = _names(args)
    args.need(b"]")
    return Section(path, what, names)


def parse_path(args: Cursor) -> tuple[int, ...]:
    """Part numbers, () when there are none."""
    found = args.match(_PATH)
    if found is None:
        return ()
    numbers = found.group().split(b".")
    if len(numbers) > MAX_PATH:
        raise BadSyntax("Section too deep")
    return tuple([int(number) for number in numbers])


def _names(args: Cursor) -> tuple[bytes, ...]:
    names = args.items(args.astring, empty=False)
    if len(names) > MAX_NAMES or sum(map(len, names)) > MAX_OCTETS:
        raise BadSyntax("Too many header fields")
    if not all(NAME.fullmatch(name) for name in names):
        raise BadSyntax("Bad header field name")
    return tuple(names)


def parse_partial(args: Cursor) -> tuple[int, int] | None:
    """Read `<origin.count>` if it comes next."""
    if args.peek() != 60:
        return None
    found = args.match(_PARTIAL)
    if found is None:
        raise BadSyntax("Bad partial range")
    origin, count = int(found.group(1)), int(found.group(2))
    if not count or max(origin, count) > U63:
        raise BadSyntax("Bad partial range")
    return origin, count


def bounds(root: Part, section: Section) -> tuple[int, int] | None:
    """Where a section lies in the wire form (for FIELDS: the header they are picked from); None when there is no such part."""
    part = find(root, section.path)
    if part is None:
        return None
    what = section.what
    if not section.path:
        if what == b"":
            return part.header, part.end
        return (part.body, part.end) if what == TEXT else (part.header, part.body)
    if what == b"":
        return part.body, part.end
    if what == MIME:
        return part.header, part.body
    # HEADER and TEXT of a part are those of the message in it (RFC 3501 section 6.4.5).
    if part.kind != MESSAGE or not part.children:
        return None
    inner = part.children[0]
    return (inner.body, inner.end) if what == TEXT else (inner.header, inner.body)


def cut(wire: bytes, root: Part, section: Section, partial: tuple[int, int] | None = None) -> bytes | None:
    """The octets of a section, or `partial` (origin, count) of them; None when the message has no such part."""
    found = bounds(root, section)
    if found is None:
        return None
    begin, end = found
    if section.fields:
        return part_of(picked(wire[begin:end], section), partial)
    if partial is not None:
        begin, end = min(begin + partial[0], end), min(begin + partial[0] + partial[1], end)
    return wire if begin == 0 and end >= len(wire) else wire[begin:end]


def part_of(data: bytes, partial: tuple[int, int] | None) -> bytes:
    """The range of octets that a client asks for."""
    return data if partial is None else data[partial[0] : partial[0] + partial[1]]


def picked(header: bytes, section: Section) -> bytes:
    """The fields that a FIELDS section asks for, of a header section."""
    return picker(section.fields, section.what == FIELDS_NOT)(header)
