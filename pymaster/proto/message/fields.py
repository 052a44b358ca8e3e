"""fields - the fields of a header section in wire form (RFC 5322 section 2.2), by name and on one line each.

`header` does the same for the queue's LF text and keeps offsets; here only values of a few names are wanted, from mail
that may be anything. A line ends with LF, a CR before it belongs to it, a lone CR is text. Lines that are no field are
skipped. One pattern with possessive repeats that can begin only where a line begins: linear, whatever the block holds.
"""

import re
from collections.abc import Container

NAME_LIMIT = 1000
BLOCK_LIMIT = 1_000_000
# A field, its value still folded. Blanks between name and colon are obsolete syntax, but occur.
_FIELD = re.compile(rb"(?m)^([!-9;-~]{1,%d}+)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)" % NAME_LIMIT)
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_COMMENTED = re.compile(rb'[^"()\\]++|"(?:[^"\\]++|\\.)*+"?|\\.?|[()]', re.DOTALL)
BLANKS = b" \t\r\n"

Fields = dict[bytes, list[bytes]]


def fields(block: bytes, wanted: Container[bytes]) -> Fields:
    """The values of the fields whose lower-case names are wanted, in their order, unfolded, without outer blanks."""
    found: Fields = {}
    for name, value in _FIELD.findall(block):
        name = name.lower()
        if name in wanted:
            value = value.strip(BLANKS)
            if b"\n" in value:
                value = _FOLD.sub(b"", value)
            if name in found:
                found[name].append(value)
            else:
                found[name] = [value]
    return found


def unfold(value: bytes) -> bytes:
    """Text without its folds: the line ends before blanks go, the blanks stay (RFC 5322 section 2.2.3)."""
    return _FOLD.sub(b"", value) if b"\n" in value else value


def without_comments(value: bytes) -> bytes:
    """A structured value with its comments gone; parentheses inside quoted strings are text. Iterative and linear."""
    if b"(" not in value:
        return value
    out, depth, pos = [], 0, 0
    match = _COMMENTED.match
    while item := match(value, pos):
        text = item.group()
        pos = item.end()
        if text == b"(":
            depth += 1
        elif text == b")":
            depth -= 1
            if depth <= 0:
                depth = 0
                out.append(b" ")
        elif not depth:
            out.append(text)
        elif text[:1] == b'"':
            # Inside a comment a quotation mark is text: only it is passed over.
            pos = item.start() + 1
    return b"".join(out)
