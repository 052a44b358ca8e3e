"""header - the header section of a message (RFC 5322 section 2.2) on bytes with LF line ends.

A logical header is a name, a colon, and the rest with its folded lines; it is described by offsets into the block and
never copied, so that what nobody changes stays byte-exact. One compiled pattern with possessive repeats, matched once
per logical header: linear, whatever the block holds.
"""

import re
from typing import NamedTuple

# A logical header with the end of its last line. Blanks between name and colon are obsolete syntax, but occur.
_HEADER = re.compile(rb"([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)\n")
_NAME = re.compile(rb"[!-9;-~]++[ \t]*+:")


class Header(NamedTuple):
    """One logical header: lower-case name, begin and end in the block (`end` is after the LF), begin of the value."""

    name: bytes
    start: int
    end: int
    value: int


def scan(block: bytes, pos: int = 0) -> tuple[list[Header], int]:
    """The logical headers from `pos` on, and the offset of the first line that is no header.

    That line is the empty line at the end of the section, text where no header can be, or a header whose end is not in
    the block yet.
    """
    found: list[Header] = []
    match, add = _HEADER.match, found.append
    while item := match(block, pos):
        end = item.end()
        add(Header(item.group(1).lower(), pos, end, item.start(2)))
        pos = end
    return found, pos


def first(block: bytes, pos: int) -> Header | None:
    """The logical header that begins at `pos`, if one does and its line has an end."""
    item = _HEADER.match(block, pos)
    return Header(item.group(1).lower(), pos, item.end(), item.start(2)) if item else None


def is_header(text: bytes) -> bool:
    """Whether a line begins as a header does."""
    return _NAME.match(text) is not None


def value_of(block: bytes, header: Header) -> bytes:
    """A header's value, still folded, without the blanks at both ends."""
    return block[header.value : header.end].strip(b" \t\n")


def unfold(value: bytes) -> bytes:
    """A value on one line (RFC 5322 section 2.2.3): the line ends go, their blanks stay."""
    return value.replace(b"\n", b"") if b"\n" in value else value


def fold(text: bytes) -> bytes:
    """A header value of our own made safe to write: a line end inside it can only be a fold."""
    return b"\n\t".join([part.strip(b" \t\r") for part in text.split(b"\n") if part.strip(b" \t\r")])
