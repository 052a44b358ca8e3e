"""words - encoded words in header text (RFC 2047) as str, tolerantly.

Taken wherever they occur, also inside other text, for senders put them there. Neighbours in one charset are joined before
decoding, since some senders split a character between them. Each octet is looked at a fixed number of times.
"""

import binascii
import re

from pymaster.proto.message.charset import decode, guess
from pymaster.proto.message.fields import unfold
from pymaster.proto.message.transfer import base64

_WORD = re.compile(rb"=\?([^?* \t\r\n]{1,75})(?:\*[^?]{0,75})?\?([BbQq])\?([^?]*+)\?=")


def decode_words(value: bytes) -> str:
    """The text of an unstructured value, unfolded first."""
    value = unfold(value)
    if b"=?" not in value:
        return value.decode("ascii") if value.isascii() else guess(value)
    out: list[str] = []
    held, charset, pos = b"", b"", 0
    for item in _WORD.finditer(value):
        between = value[pos : item.start()]
        name = item.group(1).lower()
        if not (pos and not between.strip(b" \t\r\n")):
            out += (decode(held, charset) if held else "", guess(between))
            held = b""
        elif name != charset:
            out.append(decode(held, charset))
            held = b""
        held, charset, pos = _join(held, item), name, item.end()
    out += (decode(held, charset), guess(value[pos:]))
    return "".join(out)


def _join(held: bytes, item: re.Match[bytes]) -> bytes:
    text = item.group(3)
    if item.group(2) in b"Bb":
        return held + base64(text)
    return held + binascii.a2b_qp(text.replace(b" ", b"_"), header=True)
