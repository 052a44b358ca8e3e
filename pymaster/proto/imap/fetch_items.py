"""fetch_items - what FETCH asks for: attributes, macros and modifiers (RFC 3501 6.4.5, RFC 9051, 3516, 4466, 7162, 8474, 8514, 8970, 9394).

Only syntax: which items an IMAP4rev2 client may not ask for is decided here too, since those words are not in its grammar.
"""

import re
from dataclasses import dataclass, field

from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.section import HEADER, TEXT, Section, parse_partial, parse_section

_MACROS: dict[bytes, tuple[bytes, ...]] = {
    b"FAST": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE"),
    b"ALL": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE"),
    b"FULL": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE", b"BODY"),
}
_SIMPLE = frozenset([
    b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE", b"BODYSTRUCTURE", b"BODY", b"UID", b"MODSEQ", b"EMAILID",
    b"THREADID", b"SAVEDATE", b"PREVIEW",
])  # fmt: skip
# Items of IMAP4rev1 that IMAP4rev2 took away: the section, and whether \Seen stays as it is.
_OLD = {
    b"RFC822": (Section(), False),
    b"RFC822.HEADER": (Section((), HEADER), True),
    b"RFC822.TEXT": (Section((), TEXT), False),
}
_BODY, _PEEK = b"BODY", b".PEEK"
_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9.]*")
_RANGE = re.compile(rb"(-?)([1-9][0-9]{0,9}):(-?)([1-9][0-9]{0,9})")


@dataclass(frozen=True, slots=True)
class Item:
    """One attribute. `label` is how the answer names it; `kind` is that name, or BODY[, BINARY[ or BINARY.SIZE[ for those
    with a `section`; `partial` is (origin, count); `peek`: \\\\Seen stays as it is."""

    kind: bytes
    label: bytes
    section: Section | None = None
    partial: tuple[int, int] | None = None
    peek: bool = True


@dataclass(slots=True)
class Modifiers:
    """What stands behind the attributes. `partial` is (first, last) counted from 1, negative from the end (RFC 9394)."""

    changed_since: int | None = None
    vanished: bool = False
    partial: tuple[int, int] | None = None


@dataclass(slots=True)
class Request:
    """All that FETCH asks for."""

    items: list[Item] = field(default_factory=list)
    modifiers: Modifiers = field(default_factory=Modifiers)

    @property
    def condstore(self) -> bool:
        """Whether it switches CONDSTORE on (RFC 7162 section 3.1)."""
        return self.modifiers.changed_since is not None or any(item.kind == b"MODSEQ" for item in self.items)


def parse_request(args: Cursor, *, rev2: bool) -> Request:
    """Attributes and modifiers, to the end of the command; raises BadSyntax."""
    if args.peek() == 40:
        items = args.items(lambda: _item(args, rev2), empty=False)
    else:
        items = _macro(args) or [_item(args, rev2)]
    request = Request(list({item.label: item for item in items}.values()))
    # What sets \Seen does so even if the same was asked for with PEEK.
    for item in items:
        if not item.peek:
            request.items = [item if item.label == each.label else each for each in request.items]
    if not args.at_end:
        args.sp()
        _modifiers(args, request.modifiers)
    args.end()
    return request


def parse_item(args: Cursor, *, rev2: bool) -> Item:
    """One attribute, for commands that have FETCH attributes within (NOTIFY); raises BadSyntax."""
    return _item(args, rev2)


def _macro(args: Cursor) -> list[Item]:
    for word, names in _MACROS.items():
        if args.take(word):
            if args.peek() not in (-1, 32):
                raise BadSyntax("Unknown FETCH item")
            return [Item(name, name) for name in names]
    return []


def _item(args: Cursor, rev2: bool) -> Item:
    found = args.match(_NAME)
    if found is None:
        raise BadSyntax("Expected a FETCH item")
    name = found.group().upper()
    if args.peek() == 91:
        return _sectioned(args, name)
    if name in _SIMPLE:
        if name == b"PREVIEW":
            _lazy(args)
        return Item(name, name)
    old = _OLD.get(name)
    if old is None or rev2:
        raise BadSyntax("Unknown FETCH item")
    return Item(b"BODY[", name, old[0], None, old[1])


def _sectioned(args: Cursor, name: bytes) -> Item:
    """BODY[...] and BINARY[...], with or without PEEK, and BINARY.SIZE[...]."""
    peek = name.endswith(_PEEK)
    base = name.removesuffix(_PEEK)
    if base not in (_BODY, b"BINARY") and name != b"BINARY.SIZE":
        raise BadSyntax("Unknown FETCH item")
    section = parse_section(args, binary=base != _BODY)
    label = b"%s[%s]" % (base, section.label)
    if base == b"BINARY.SIZE":
        return Item(b"BINARY.SIZE[", label, section)
    partial = parse_partial(args)
    if partial is not None:
        label += b"<%d>" % partial[0]
    return Item(base + b"[", label, section, partial, peek)


def _lazy(args: Cursor) -> None:
    """PREVIEW (LAZY): the preview is made when the message is stored, so that there is nothing to be lazy about."""
    if args.take(b" (LAZY)"):
        return
    if args.take(b" ("):
        raise BadSyntax("Unknown PREVIEW modifier")


def _modifiers(args: Cursor, found: Modifiers) -> None:
    args.enter()
    seen: set[bytes] = set()
    while True:
        word = args.word()
        if word in seen:
            raise BadSyntax("A FETCH modifier came twice")
        seen.add(word)
        if word == b"CHANGEDSINCE":
            args.sp()
            found.changed_since = args.number64()
        elif word == b"VANISHED":
            found.vanished = True
        elif word == b"PARTIAL":
            args.sp()
            found.partial = _range(args)
        else:
            raise BadSyntax("Unknown FETCH modifier")
        if args.leave():
            return
        args.sp()


def _range(args: Cursor) -> tuple[int, int]:
    found = args.match(_RANGE)
    if found is None or found.group(1) != found.group(3):
        raise BadSyntax("Bad PARTIAL range")
    low, high = sorted([int(found.group(2)), int(found.group(4))])
    if high >= 1 << 32:
        raise BadSyntax("Bad PARTIAL range")
    return (-low, -high) if found.group(1) else (low, high)


def partial_slice(count: int, partial: tuple[int, int]) -> slice:
    """Which of `count` results a PARTIAL range means."""
    first, last = partial
    if first > 0:
        return slice(first - 1, last)
    return slice(max(count + last, 0), max(count + first + 1, 0))
