"""nstring - header text as the strings of an IMAP response (RFC 3501 section 4.3): quoted where it can be, else a literal.

Text with 8-bit octets, a lone CR or LF, or much of it goes out as a literal, which any client takes as it is. A NUL may be
in neither: it becomes 0x80, as in all that is sent of such a message.
"""

import re

# What stands in quotes as it is, and with escapes.
_PLAIN = re.compile(rb"[\t\x20!\x23-\x5b\x5d-\x7e]*+")
_QUOTABLE = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7f]*+")
_SPECIAL = re.compile(rb'(["\\])')
# A longer line than this is told as a literal.
QUOTED_LIMIT = 1000

_plain = _PLAIN.fullmatch


def string(value: bytes) -> bytes:
    """A text as a quoted string or a literal."""
    if len(value) <= QUOTED_LIMIT:
        if _plain(value):
            return b'"%s"' % value
        if _QUOTABLE.fullmatch(value):
            return b'"%s"' % _SPECIAL.sub(rb"\\\1", value)
    if b"\0" in value:
        value = value.replace(b"\0", b"\x80")
    return b"{%d}\r\n%s" % (len(value), value)


def nstring(value: bytes | None) -> bytes:
    """The same, NIL for what is missing."""
    return b"NIL" if value is None else string(value)
