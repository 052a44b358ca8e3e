"""address - mail addresses of the envelope (RFC 5321 section 4.1.2) on bytes, and the two forms they have.

Internal form is what travels and is logged: the local part without quotes. External form is what goes on the wire: the
local part quoted where the grammar asks for it. An address with NUL, CR or LF has no form at all and is refused, so
that nothing parsed here can ever begin a new line elsewhere. Routes are dropped (RFC 5321 appendix C); `site!user` and
`user%site` are somebody's policy and belong to `rules.rewrite`.
"""

import re

from pymaster.proto import addrtoken
from pymaster.proto.addrtoken import JUNK, LITERAL, QUOTED, SPECIAL, WORD, Token

# No address longer than this is looked at; RFC 5321 asks for 256, Postfix's command line limit is 2048.
MAX_PATH = 4096
MAX_TOKENS = 1024

_ATEXT = rb"[^\x00-\x20\x7f()<>@,;:\".\\\[\]]"
_DOT_ATOM = re.compile(rb"%s++(?:\.%s++)*+" % (_ATEXT, _ATEXT))
# What nearly every client sends; `%` and `!` are left to the careful way only in so far as it takes them as atoms.
_COMMON = re.compile(rb"<([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++)*+@[A-Za-z0-9.-]++)>")
_STRICT = re.compile(
    rb"<(?:@[A-Za-z0-9._-]+(?:,@[A-Za-z0-9._-]+)*:)?"
    rb"(?:%s++(?:\.%s++)*+|\"(?:[^\"\\\r\n]|\\[^\r\n])*+\")(?:@(?:[^\x00-\x20\x7f()<>@,;:\"\\\[\]]+|\[[^\]\\\s]+\]))?>"
    % (_ATEXT, _ATEXT)
)
_HARMFUL = re.compile(rb"[\x00\r\n]")
_SPECIAL_IN_QUOTES = re.compile(rb'(["\\])')


def split(addr: bytes) -> tuple[bytes, bytes | None]:
    """Local part and domain of an internal address; None when it has no `@`."""
    local, at, domain = addr.rpartition(b"@")
    return (local, domain) if at else (domain, None)


def is_dot_atom(local: bytes) -> bool:
    """Whether a local part needs no quotes (RFC 5321 section 4.1.2 Dot-string; 8-bit text counts as atoms)."""
    return _DOT_ATOM.fullmatch(local) is not None


def quote_part(local: bytes) -> bytes:
    """A local part in external form."""
    if _DOT_ATOM.fullmatch(local):
        return local
    return b'"' + _SPECIAL_IN_QUOTES.sub(rb"\\\1", _HARMFUL.sub(b"?", local)) + b'"'


def quote_local(addr: bytes) -> bytes:
    """Internal form to external form; b"" stays b""."""
    if not addr:
        return addr
    local, at, domain = addr.rpartition(b"@")
    if not at:
        return quote_part(domain)
    return addr if _DOT_ATOM.fullmatch(local) else quote_part(local) + b"@" + domain


def join(tokens: list[Token]) -> bytes | None:
    """The internal address that address tokens spell, its route dropped; None when they cannot be one."""
    if tokens and tokens[0].value == b"@" and tokens[0].kind == SPECIAL:
        colon = next((n for n, t in enumerate(tokens) if t.kind == SPECIAL and t.value == b":"), -1)
        tokens = tokens[colon + 1 :]
    parts: list[bytes] = []
    before = SPECIAL
    for token in tokens:
        if token.kind == JUNK or (token.kind == SPECIAL and token.value not in (b"@", b".")):
            return None
        if before != SPECIAL and token.kind in (WORD, QUOTED) and token.spaced:
            parts.append(b" ")
        parts.append(token.value)
        before = token.kind
    return b"".join(parts)


def parse_mailbox(data: bytes) -> bytes | None:
    """An external `local@domain` without angle brackets in internal form; None when it is none."""
    if len(data) > MAX_PATH or _HARMFUL.search(data):
        return None
    tokens = addrtoken.scan(data, MAX_TOKENS)
    return join(tokens) if tokens and len(tokens) < MAX_TOKENS else None


def parse_path(data: bytes, *, strict: bool = False) -> bytes | None:
    """The argument of MAIL FROM: or RCPT TO: (parameters taken off) as an internal address; `<>` is b"".

    None is a syntax error. With `strict` (strict_rfc821_envelopes) the brackets are required and nothing of RFC 822,
    comments or phrases, may stand beside them.
    """
    if len(data) > MAX_PATH:
        return None
    if found := _COMMON.fullmatch(data):
        return found.group(1)
    if _HARMFUL.search(data):
        return None
    if strict and data != b"<>" and not _STRICT.fullmatch(data):
        return None
    tokens = addrtoken.scan(data, MAX_TOKENS)
    if len(tokens) >= MAX_TOKENS:
        return None
    opens = [n for n, t in enumerate(tokens) if t.kind == SPECIAL and t.value == b"<"]
    if not opens:
        return join(tokens) if tokens else None
    closes = [n for n, t in enumerate(tokens) if t.kind == SPECIAL and t.value == b">"]
    if len(opens) != 1 or len(closes) != 1 or closes[0] != len(tokens) - 1:
        return None
    return join(tokens[opens[0] + 1 : -1])


def split_path(data: bytes) -> tuple[bytes, bytes]:
    """Divide `<path> NAME=value ...` into the path and the rest; quotes and brackets keep blanks inside the path."""
    quoted = angled = False
    pos = 0
    for piece in _PATH_PIECE.finditer(data):
        text = piece.group()
        if text == b'"':
            quoted = not quoted
        elif quoted:
            continue
        elif text == b"<":
            angled = True
        elif text == b">":
            angled = False
        elif text == b" " and not angled:
            pos = piece.start()
            return data[:pos], data[pos:].lstrip(b" ")
    return data, b""


_PATH_PIECE = re.compile(rb'\\.|["<> ]', re.DOTALL)


def is_literal(domain: bytes) -> bool:
    """Whether a domain is written as an address literal, `[...]`."""
    return domain.startswith(b"[") and domain.endswith(b"]")


__all__ = [
    "LITERAL",
    "MAX_PATH",
    "is_dot_atom",
    "is_literal",
    "join",
    "parse_mailbox",
    "parse_path",
    "quote_local",
    "quote_part",
    "split",
    "split_path",
]
