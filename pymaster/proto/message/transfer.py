"""transfer - content transfer encodings (RFC 2045 section 6) undone, from any octets and without an error."""

import binascii
import re

from pymaster.proto.message.parttree import BASE64, QUOTED_PRINTABLE

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_OTHERS = bytes(set(range(256)) - set(_ALPHABET) - {61})
# Blanks at the end of a line, which a transport may have added; only a run's first blank can begin a match.
_TRAILING = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")
_BLANKS = (b" ", b"\t")
_BLANK_ENDS = (b" \r\n", b"\t\r\n", b" \n", b"\t\n")
# `=` and a lone CR, after which the decoder would skip a line.
_LONE = re.compile(rb"=\r(?!\n)")


def base64(data: bytes) -> bytes:
    """What the data stand for; characters that are none are passed over, padding ends it (section 6.8)."""
    text = data.translate(None, _OTHERS)
    if (pad := text.find(b"=")) >= 0:
        text = text[:pad]
    odd = len(text) % 4
    if odd == 1:
        text = text[:-1]
    elif odd:
        text += b"=" * (4 - odd)
    return binascii.a2b_base64(text)


def quoted_printable(data: bytes) -> bytes:
    """What the data stand for; an `=` that begins nothing is itself."""
    # To see that there are none, as is usual, costs a hundredth of the pattern.
    if data[-1:] in _BLANKS or any(end in data for end in _BLANK_ENDS):
        data = _TRAILING.sub(b"", data)
    if b"=" not in data:
        return data
    return binascii.a2b_qp(_LONE.sub(b"=3D\r", data) if b"\r" in data else data)


def decoded(data: bytes, encoding: int) -> bytes:
    """Data with the encoding of a part (`parttree`) undone; an unknown one is left alone."""
    if encoding == BASE64:
        return base64(data)
    return quoted_printable(data) if encoding == QUOTED_PRINTABLE else data
