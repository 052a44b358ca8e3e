"""searchtext - what SEARCH compares of a message: header values and bodies as text (RFC 3501 section 6.4.4).

Encoded words, transfer encodings and charsets are undone here; case is the searcher's matter (`casemap`). A message that
surely holds no match is sorted out from its octets alone, which saves nearly all the work of a search without a hit.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from pymaster.proto.message.charset import decode, shows_ascii
from pymaster.proto.message.fields import BLANKS, BLOCK_LIMIT
from pymaster.proto.message.parttree import IDENTITY, MESSAGE, UNKNOWN, Part
from pymaster.proto.message.transfer import decoded
from pymaster.proto.message.words import decode_words

TEXT_LIMIT = 16 * 1024 * 1024
# Octets that tell of text which may read otherwise than it lies there: encoded words, transfer encodings, shifting charsets.
_HIDING = re.compile(
    rb"=\?|content-transfer-encoding[ \t]*+:(?![ \t]*+(?:[78]bit|binary)[ \t\r]*+\n)"
    rb'|charset(?![ \t]*+=[ \t]*+"?(?:us-ascii|utf-8|iso-8859-[0-9]{1,2}|windows-125[0-9])(?![-_:.0-9a-z]))',
    re.IGNORECASE,
)
_LINE_ENDS = b"\r\n"


def decoded_header(value: bytes) -> str:
    """A header value as it is read: unfolded, with its encoded words decoded; never raises."""
    return decode_words(value)


def header_values(block: bytes, name: bytes) -> list[bytes]:
    """The values of all fields of a name (given in lower case) in a header section of wire form, still folded."""
    return [value.strip(BLANKS) for value in _pattern(name).findall(block)]


@lru_cache(64)
def _pattern(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?mi)^" + re.escape(name) + rb"[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)")


def body_texts(wire: bytes, root: Part, limit: int = TEXT_LIMIT) -> Iterator[str]:
    """The texts of a message's body: its text parts decoded, and the headers of messages inside.

    `limit` is how many octets of the wire form are looked at in all; what is behind them is not found.
    """
    stack, left = [root], limit
    while stack and left > 0:
        part = stack.pop()
        if part.kind == MESSAGE and part.children:
            inner = part.children[0]
            block = wire[inner.header : min(inner.body, inner.header + BLOCK_LIMIT, inner.header + left)]
            left -= len(block)
            yield decoded_header(block)
        if part.children:
            stack.extend(reversed(part.children))
        elif part.charset:
            data = wire[part.body : min(part.end, part.body + left)]
            left -= len(data)
            yield decode(decoded(data, part.encoding), part.charset)


def raw_candidate(wire: bytes, needle: bytes) -> bool:
    """Whether a message may hold a text (UTF-8, in any case), judged by its octets alone; True when in doubt.

    False is certain, but only found for a message all in ASCII, without encodings.
    """
    if not needle.isascii() or not wire.isascii():
        return True
    return _holds(wire, needle.lower()) or _HIDING.search(wire) is not None


def raw_body_candidate(wire: bytes, root: Part, needle: bytes) -> bool:
    """The same for the body alone, when its tree is at hand: parts that are not text raise no doubt."""
    if not needle.isascii():
        return True
    low = needle.lower()
    stack = [root]
    while stack:
        part = stack.pop()
        if part.children:
            stack.extend(part.children)
            if part.kind != MESSAGE:
                continue
            data = wire[part.children[0].header : part.children[0].body]
            plain = b"=?" not in data
        elif part.charset:
            data = wire[part.body : part.end]
            plain = part.encoding in (IDENTITY, UNKNOWN) and shows_ascii(part.charset)
        else:
            continue
        if not plain or not data.isascii() or _holds(data, low):
            return True
    return False


def _holds(data: bytes, low: bytes) -> bool:
    """Whether text occurs in data in any case, also across a fold."""
    data = data.lower()
    if low in data:
        return True
    return (b" " in low or b"\t" in low) and low in data.translate(None, _LINE_ENDS)
