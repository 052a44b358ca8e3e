"""addrlist - the addresses inside a From, To, Cc ... header (RFC 5322 section 3.4), found in place.

The result says where each address lies in the text, so that rewriting replaces these bytes and leaves phrases, comments
and folding as the author wrote them. What cannot be an address is skipped and so stays untouched. Bounded by a number
of tokens (header_address_token_limit), linear in the length.
"""

import re
from typing import NamedTuple

from pymaster.proto import addrtoken
from pymaster.proto.address import join, quote_local
from pymaster.proto.addrtoken import SPECIAL, Token

# What nearly all values are: one address of plain atoms, alone or in angle brackets behind a simple phrase.
_PLAIN = rb"[A-Za-z0-9_+=-]++(?:\.[A-Za-z0-9_+=-]++)*+@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)*+"
_SIMPLE = re.compile(rb'[ \t]*+(?:(?:"[^"\\]*+"|[A-Za-z0-9 _-]*+)[ \t]*+<(%b)>|(%b))[ \t\n]*+' % (_PLAIN, _PLAIN))


class Spot(NamedTuple):
    """An address in internal form, and the bytes `start` to `end` of the text that spell it."""

    start: int
    end: int
    address: bytes


def find(data: bytes, limit: int = 10240) -> list[Spot]:
    """The addresses of a header's value, in order; null addresses (`<>`) are left out."""
    if len(data) <= limit and (simple := _SIMPLE.fullmatch(data)):
        start, end = simple.span(simple.lastindex or 1)
        return [Spot(start, end, data[start:end])]
    return _find(data, limit)


def _find(data: bytes, limit: int) -> list[Spot]:
    """The same for any value, token by token."""
    spots: list[Spot] = []
    pending: list[Token] = []
    angled = closed = False
    for token in addrtoken.scan(data, limit):
        mark = token.value if token.kind == SPECIAL else b""
        if angled:
            if mark == b">":
                _add(spots, pending)
                pending, angled, closed = [], False, True
            else:
                pending.append(token)
        elif mark == b"<":
            pending, angled = [], True
        elif mark in (b",", b";"):
            if not closed:
                _add(spots, pending)
            pending, closed = [], False
        elif mark == b":":
            pending = []  # the name of a group
        elif not closed:
            pending.append(token)
    if pending:
        _add(spots, pending)
    return spots


def _add(spots: list[Spot], tokens: list[Token]) -> None:
    address = join(tokens) if tokens else None
    if address and b"\n" not in address and b"\r" not in address and b"\0" not in address:
        spots.append(Spot(tokens[0].start, tokens[-1].end, address))


def replace(data: bytes, changes: list[tuple[Spot, bytes]]) -> bytes:
    """The text with each spot's bytes replaced by an internal address in its external form; spots in order."""
    parts: list[bytes] = []
    pos = 0
    for spot, address in changes:
        parts.append(data[pos : spot.start])
        parts.append(quote_local(address))
        pos = spot.end
    parts.append(data[pos:])
    return b"".join(parts)
