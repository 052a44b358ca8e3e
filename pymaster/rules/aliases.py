"""aliases - what the right-hand side of an alias, a line of .forward or of an :include: file says (aliases(5)).

Pure: text in, destinations out, nothing opened. Only text that an administrator or a user wrote in a file comes here;
an address from the network never does, so `|`, `/` and `:include:` have no power there (CVE-2020-7247).
"""

import re
from dataclasses import dataclass

from pymaster.proto import address, addrlist, addrtoken
from pymaster.proto.addrtoken import SPECIAL, Token

# Kinds of destination. MAILBOX is `\\user`: this user's mailbox, without further aliases or .forward.
ADDRESS, FILE, COMMAND, INCLUDE, MAILBOX = "address", "file", "command", "include", "mailbox"
# Destinations that one text may have, and the longest line (bytes) looked at.
MAX_DESTINATIONS, MAX_LINE = 100_000, 1 << 20
MAX_TOKENS = 10_000

_PIECE = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[^",\\(]++|\\.|(\()|(,)|\\', re.DOTALL)
_QUOTED = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_INCLUDE = b":include:"
_BLANK = b" \t\r\n"
# No file name, command or address with these can be meant.
_HARMFUL = re.compile(rb"[\x00\n]")


@dataclass(slots=True, frozen=True)
class Destination:
    """One destination: its kind, and the address in internal form, path, or command."""

    kind: str
    value: bytes


@dataclass(slots=True, frozen=True)
class Expansion:
    """The destinations of a text in order, and the pieces that could not be understood (for a warning)."""

    destinations: tuple[Destination, ...]
    junk: tuple[bytes, ...] = ()


class TooMany(Exception):
    """A text with more destinations, or a longer line, than is reasonable."""


def parse(text: bytes) -> Expansion:
    """The destinations of an alias's right-hand side, or of one line; raises TooMany."""
    if len(text) > MAX_LINE:
        raise TooMany(f"line longer than {MAX_LINE} bytes")
    found: list[Destination] = []
    junk: list[bytes] = []
    for element in _elements(text.replace(b"\n", b" ")):
        item = element.strip(_BLANK)
        if not item:
            continue
        made = _destinations(item)
        if not made:
            junk.append(item)
        found += made
        if len(found) > MAX_DESTINATIONS:
            raise TooMany(f"more than {MAX_DESTINATIONS} destinations")
    return Expansion(tuple(found), tuple(junk))


def parse_lines(text: bytes) -> Expansion:
    """The destinations of a whole .forward or :include: file: a list on each line, `#` begins a comment line."""
    found: list[Destination] = []
    junk: list[bytes] = []
    for line in text.split(b"\n"):
        if line.startswith(b"#"):
            continue
        part = parse(line)
        found += part.destinations
        junk += part.junk
        if len(found) > MAX_DESTINATIONS:
            raise TooMany(f"more than {MAX_DESTINATIONS} destinations")
    return Expansion(tuple(found), tuple(junk))


def _elements(text: bytes) -> list[bytes]:
    """The text cut at commas outside quotes and comments."""
    elements: list[bytes] = []
    start = at = 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:  # cannot be: the pattern takes any byte
            break
        if piece.group(2):
            elements.append(text[start:at])
            start = piece.end()
        # A parenthesis is a comment only in addresses: `|echo (hi)` keeps it.
        if piece.group(1) and not _special(text[start:at].lstrip(_BLANK)):
            at = max(addrtoken.skip_comment(text, at), piece.end())
        else:
            at = piece.end()
    elements.append(text[start:])
    return elements


def _special(item: bytes) -> bool:
    return item[:1] in (b"|", b"/") or item[: len(_INCLUDE)].lower() == _INCLUDE


def _destinations(item: bytes) -> list[Destination]:
    if _QUOTED.fullmatch(item):
        value = addrtoken.unquote(item)
        if _special(value):
            return _file_like(value)
        if value.startswith(b"\\"):
            return _one(MAILBOX, value[1:])
        return _one(ADDRESS, value)
    if _special(item):
        return _file_like(item)
    if item.startswith(b"\\"):
        name = address.parse_mailbox(item[1:])
        return _one(MAILBOX, name or b"")
    return _addresses(item)


def _one(kind: str, value: bytes) -> list[Destination]:
    if not value or len(value) > address.MAX_PATH or _HARMFUL.search(value):
        return []
    return [Destination(kind, value)]


def _file_like(item: bytes) -> list[Destination]:
    if item[:1] == b"/":
        return _one(FILE, _unquoted(item))
    if item[:1] == b"|":
        return _one(COMMAND, _unquoted(item[1:].strip(_BLANK)).strip(_BLANK))
    return _one(INCLUDE, _unquoted(item[len(_INCLUDE) :].strip(_BLANK)))


def _unquoted(value: bytes) -> bytes:
    return addrtoken.unquote(value) if _QUOTED.fullmatch(value) else value


def _addresses(item: bytes) -> list[Destination]:
    """Addresses of RFC 822: `a@b`, `Name <a@b>`, `group: a, b;`; words side by side are addresses of their own."""
    if b"<" in item or b":" in item or b";" in item:
        spots = addrlist.find(item, MAX_TOKENS)
        return [made for spot in spots for made in _one(ADDRESS, spot.address)]
    groups: list[list[Token]] = []
    for token in addrtoken.scan(item, MAX_TOKENS):
        joined = groups and (not token.spaced or token.kind == SPECIAL or groups[-1][-1].kind == SPECIAL)
        if joined:
            groups[-1].append(token)
        else:
            groups.append([token])
    return [made for group in groups for made in _one(ADDRESS, address.join(group) or b"")]
