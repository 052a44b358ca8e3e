"""mimetree - the entities of a message in wire form (RFC 2045, 2046): where each lies, of what type, in what order.

One pass. Open containers are a stack, at most 100 deep; at most 10,000 entities; what exceeds a bound is one opaque part.
Each octet is looked at a fixed number of times: for the next empty line (remembered, for it may lie far behind), for the
next line that begins with two hyphens, and for line ends. A delimiter line is a boundary of any open multipart, to which
everything inside it yields; boundaries that begin alike are told apart, for the whole line counts.

Broken mail yields a tree all the same: a multipart without a part has one text/plain part, its whole body if it never
had a delimiter; a message/rfc822 has a message inside, which may be empty.
"""

import re
from dataclasses import dataclass, field

from pymaster.proto.message.contenttype import OPAQUE, PLAIN, RFC822, ContentType, content_type
from pymaster.proto.message.envelope import NAMES
from pymaster.proto.message.fields import BLOCK_LIMIT, Fields, fields, without_comments
from pymaster.proto.message.parttree import BASE64, IDENTITY, LEAF, MESSAGE, MULTIPART, QUOTED_PRINTABLE, UNKNOWN, Part

DEPTH_LIMIT, PART_LIMIT = 100, 10_000
# So many lines may begin with two hyphens and be no delimiter; then no further one is sought.
MISS_LIMIT = 200_000
# The longest boundary, its hyphens, some blanks: all that is looked at of a line.
_LINE_LIMIT = 3000
MIME_NAMES = frozenset(
    (
        b"content-type",
        b"content-transfer-encoding",
        b"content-id",
        b"content-description",
        b"content-disposition",
        b"content-language",
        b"content-location",
        b"content-md5",
    )
)
MESSAGE_NAMES = MIME_NAMES | NAMES
ROOT_NAMES = MESSAGE_NAMES | {b"references"}
_BLANK = re.compile(rb"\n\r?\n")
_ENCODING = re.compile(rb'[ \t"]*+([!#-\'*+.0-9A-Z^-~-]++)')
_ENCODINGS = {
    b"7bit": IDENTITY,
    b"8bit": IDENTITY,
    b"binary": IDENTITY,
    b"base64": BASE64,
    b"quoted-printable": QUOTED_PRINTABLE,
}


@dataclass(slots=True)
class Entity:
    """One entity: its place, the fields of its header that matter, its type, its encoding as written ("7bit" if none)."""

    part: Part
    fields: Fields
    type: ContentType
    encoding: bytes = b"7bit"
    children: list["Entity"] = field(default_factory=list)
    # While it is open: its delimiter, and whether its last one has been seen.
    boundary: bytes = b""
    closed: bool = False


def tree(wire: bytes) -> Entity:
    """The whole message as an entity; its header is the message's."""
    walker = _Walker(wire)
    pos = 0
    while pos >= 0:
        pos = walker.step(pos)
    return walker.root


class _Walker:
    """`open` are the entities not yet at their end, outermost first; `live` counts the boundaries that end something."""

    __slots__ = ("_blank", "_count", "_lines", "_live", "_mark", "_missed", "_open", "_size", "_wire", "root")

    root: Entity

    def __init__(self, wire: bytes) -> None:
        self._wire, self._size = wire, len(wire)
        self._open: list[Entity] = []
        self._live: dict[bytes, int] = {}
        self._count = self._mark = self._lines = self._missed = 0
        self._blank = (-2, -2)

    def step(self, pos: int) -> int:
        """Take in the entity whose header begins at `pos`; returns where the next one begins, -1 at the end."""
        body = stop = self._header_end(pos)
        hit = self._delimiter(pos - 1, body) if self._live else None
        if hit is not None:
            stop = max(hit[0], pos)
        entity = self._enter(pos, stop)
        if entity.part.kind == MESSAGE:
            if hit is None:
                return stop
            self._enter(stop, stop)
        elif entity.boundary and hit is not None and body - hit[0] <= 2 and self._wire.startswith(b"--", body):
            # The line right after the header was judged before the multipart's own boundary was known.
            hit = self._delimiter(body - 1, self._size)
            if hit is not None and hit[2] == entity.boundary:
                entity.part.body, entity.part.lines = body, -self._line_at(body)
        elif hit is None and self._live:
            hit = self._delimiter(stop - 1, self._size)
        while hit is not None:
            end, after, boundary, last = hit
            self._close(self._level(boundary), end)
            if not last:
                return after
            self._finish(self._open[-1])
            hit = self._delimiter(after - 1, self._size) if self._live else None
        self._close(-1, self._size)
        return -1

    def _header_end(self, pos: int) -> int:
        """Where the body begins, if no delimiter comes first."""
        start, end = self._blank
        if start < pos - 1:
            wire = self._wire
            if pos == 0 and wire[:1] in (b"\r", b"\n") and (wire[:1] == b"\n" or wire[:2] == b"\r\n"):
                return 1 if wire[:1] == b"\n" else 2
            item = _BLANK.search(wire, max(pos - 1, 0))
            start, end = item.span() if item else (self._size, self._size)
            self._blank = (start, end)
        return end

    def _delimiter(self, pos: int, stop: int) -> tuple[int, int, bytes, bool] | None:
        """The first delimiter line whose line break begins in [pos, stop).

        Returns the end of what is before it (its own line break is its own), the begin of the line after it, its
        boundary, and whether it is the last of its multipart.
        """
        wire, live = self._wire, self._live
        pos = max(pos, 0)
        while (at := wire.find(b"\n--", pos, stop + 2)) >= 0:
            pos = wire.find(b"\n", at + 3)
            if pos < 0:
                pos = self._size
            line = wire[at + 3 : min(pos, at + _LINE_LIMIT)].rstrip(b" \t\r")
            last = line not in live
            if last and (line[-2:] != b"--" or (line := line[:-2]) not in live):
                self._missed += 1
                if self._missed > MISS_LIMIT:
                    live.clear()
                    break
                continue
            end = at - 1 if at and wire[at - 1] == 13 else at
            return end, min(pos + 1, self._size), line, last
        return None

    def _level(self, boundary: bytes) -> int:
        """The place in the stack of the innermost multipart with a boundary."""
        level = len(self._open) - 1
        while self._open[level].boundary != boundary or self._open[level].closed:
            level -= 1
        return level

    def _enter(self, pos: int, stop: int) -> Entity:
        """An entity with the header [pos, stop) is begun."""
        above = self._open[-1] if self._open else None
        inner = above is None or above.part.kind == MESSAGE
        names = MIME_NAMES if not inner else MESSAGE_NAMES if above else ROOT_NAMES
        found = fields(self._wire[pos : min(stop, pos + BLOCK_LIMIT)], names) if stop > pos else {}
        digest = not inner and above is not None and above.type.minor == b"digest"
        kind, type_ = self._kind(found, RFC822 if digest else PLAIN)
        entity = Entity(Part(kind, pos, stop, stop), found, type_)
        part = entity.part
        part.is_text, part.charset = type_.major == b"text", type_.charset if kind == LEAF else b""
        if values := found.get(b"content-transfer-encoding"):
            entity.encoding, part.encoding = _encoding(values[0])
        part.lines = -self._line_at(stop)
        if above is None:
            self.root = entity
        else:
            above.children.append(entity)
            above.part.children.append(part)
        self._open.append(entity)
        self._count += 1
        if kind == MULTIPART and type_.boundary:
            entity.boundary = type_.boundary
            self._live[type_.boundary] = self._live.get(type_.boundary, 0) + 1
        elif self._count >= PART_LIMIT:
            self._live.clear()
        return entity

    def _kind(self, found: Fields, default: ContentType) -> tuple[int, ContentType]:
        """What an entity is, by its header; a container that exceeds a bound is opaque."""
        values = found.get(b"content-type")
        type_ = (content_type(values[0]) or PLAIN) if values else default
        if type_.major == b"multipart":
            kind = MULTIPART
        elif type_.major == b"message" and type_.minor == b"rfc822":
            kind = MESSAGE
        else:
            return LEAF, type_
        if len(self._open) >= DEPTH_LIMIT or self._count + 1 >= PART_LIMIT:
            return LEAF, OPAQUE
        return kind, type_

    def _close(self, level: int, end: int) -> None:
        """Everything in the stack above `level` ends at `end`."""
        lines = None
        while len(self._open) > level + 1:
            entity = self._open.pop()
            part = entity.part
            if end > part.body:
                part.end = end
                lines = self._line_at(end) if lines is None else lines
                part.lines += lines
            else:
                part.lines = 0
            if part.kind == MULTIPART:
                if not entity.children:
                    _fill(entity)
                self._finish(entity)

    def _finish(self, entity: Entity) -> None:
        """No more parts in a multipart: its boundary means nothing any longer."""
        if not entity.closed:
            entity.closed = True
            left = self._live.get(entity.boundary, 0) - 1
            if left > 0:
                self._live[entity.boundary] = left
            else:
                self._live.pop(entity.boundary, None)

    def _line_at(self, pos: int) -> int:
        """How many lines end before `pos`; positions only grow."""
        self._lines += self._wire.count(b"\n", self._mark, pos)
        self._mark = pos
        return self._lines


def _fill(entity: Entity) -> None:
    """A multipart without parts is given one, for there is no other legal way to tell of it."""
    outer = entity.part
    start, lines = (outer.end, 0) if entity.closed else (outer.body, outer.lines)
    part = Part(LEAF, start, start, outer.end, lines, IDENTITY, True, charset=PLAIN.charset)
    outer.children.append(part)
    entity.children.append(Entity(part, {}, PLAIN))


def _encoding(value: bytes) -> tuple[bytes, int]:
    item = _ENCODING.match(value if b"(" not in value else without_comments(value))
    if item is None:
        return b"7bit", IDENTITY
    word = item.group(1)
    return word, _ENCODINGS.get(word.lower(), UNKNOWN)
