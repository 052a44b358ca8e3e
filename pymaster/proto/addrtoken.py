"""addrtoken - the lexical level of mail addresses (RFC 5322 section 3.2): bytes in, tokens out.

One compiled pattern, one pass, no recursion: the cost grows with the length of the text, whatever an attacker nests in
it. `proto.address` and `proto.addrlist` build on this; nobody else should need it.
"""

import re
from typing import NamedTuple

# Kinds of token. SPECIAL is one of `<>@,;:.` and of unpaired `)` and `]`, which have no meaning here.
WORD, QUOTED, LITERAL, SPECIAL, JUNK = 1, 2, 3, 4, 5

_TOKEN = re.compile(
    rb"""([^\x00-\x20\x7f()<>@,;:".\\\[\]]++)   # 1 atom; 8-bit text is taken as it comes
    |("(?:[^"\\]++|\\.)*+"?)                    # 2 quoted string, perhaps without its end
    |(\[(?:[^\]\\]++|\\.)*+\]?)                 # 3 domain literal
    |([<>@,;:.\])])                             # 4 special
    |([ \t\r\n]++)                              # 5 blank
    |(\()                                       # 6 begin of a comment
    |\\(.)                                      # 7 quoted pair outside quotes
    |(.)                                        # 8 control characters and a lone backslash
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(rb"[^()\\]++|\\.?|[()]", re.DOTALL)
_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_FOLD = re.compile(rb"\r?\n")


class Token(NamedTuple):
    """One token: its kind, its value with quoting taken off, where it lies, and whether blank space came before it."""

    kind: int
    value: bytes
    start: int
    end: int
    spaced: bool


def skip_comment(data: bytes, start: int) -> int:
    """The offset after the comment that begins at `start`; comments nest (RFC 5322 section 3.2.2)."""
    depth, pos = 0, start
    match = _COMMENT.match
    while found := match(data, pos):
        pos = found.end()
        text = found.group()
        if text == b"(":
            depth += 1
        elif text == b")":
            depth -= 1
            if not depth:
                break
    return pos


def unquote(text: bytes) -> bytes:
    """The value of a quoted string given with its quotes: pairs resolved, folds undone."""
    if len(text) > 1 and text.endswith(b'"'):
        text = text[1:-1]
    else:
        text = text[1:]
    if b"\n" in text:
        text = _FOLD.sub(b"", text)
    return _PAIR.sub(rb"\1", text) if b"\\" in text else text


def scan(data: bytes, limit: int) -> list[Token]:
    """At most `limit` tokens of `data`; comments and blanks leave only their mark in `spaced`."""
    found: list[Token] = []
    pos, size, spaced = 0, len(data), False
    match = _TOKEN.match
    while pos < size and len(found) < limit:
        item = match(data, pos)
        if item is None:  # cannot be: group 8 takes any byte
            break
        kind, start, pos = item.lastindex or 8, pos, item.end()
        if kind == 5:
            spaced = True
            continue
        if kind == 6:
            pos = skip_comment(data, start)
            spaced = True
            continue
        found.append(Token(_KINDS[kind], _value(kind, item), start, pos, spaced))
        spaced = False
    return found


_KINDS = (0, WORD, QUOTED, LITERAL, SPECIAL, 0, 0, WORD, JUNK)


def _value(kind: int, item: re.Match[bytes]) -> bytes:
    if kind == 2:
        return unquote(item.group())
    if kind == 7:
        return item.group(7)
    return item.group()
