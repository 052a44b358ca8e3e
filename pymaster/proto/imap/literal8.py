"""literal8 - a message that came as binary literal (RFC 3516 section 4.4), made fit for a store of lines.

Parts whose octets cannot stand in lines (NUL, a CR or LF alone) are given base64 for their transfer encoding, which that RFC
allows a server to do: BINARY[n] then gives the very octets that came.
"""

import binascii
import re

from pymaster.proto.message.parttree import IDENTITY, LEAF, Part, unpack
from pymaster.proto.message.summary import summarize

_UNFIT = re.compile(rb"\x00|\r(?!\n)|(?<!\r)\n")
_ENCODING = re.compile(rb"(?im)^content-transfer-encoding[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*")
# Octets that make a line of 76 characters.
_STEP = 57


def fit(wire: bytes) -> bytes:
    """The message in lines, without NUL; raises ValueError when what is unfit is in no part that could be encoded."""
    if not _UNFIT.search(wire):
        return wire
    out: list[bytes] = []
    at = 0
    for part in leaves(unpack(summarize(wire).parts)):
        body = wire[part.body : part.end]
        if part.encoding != IDENTITY or not _UNFIT.search(body):
            continue
        out += [wire[at : part.header], _header(wire[part.header : part.body]), base64(body)]
        at = part.end
        if at == len(wire):
            out.append(b"\r\n")
    out.append(wire[at:])
    whole = b"".join(out)
    if b"\0" in whole:
        raise ValueError("NUL outside of parts")
    return whole


def leaves(root: Part) -> list[Part]:
    """The parts without parts, in order; of a message inside a message its own."""
    found, stack = [], [root]
    while stack:
        part = stack.pop()
        if part.kind == LEAF:
            found.append(part)
        stack.extend(reversed(part.children))
    return found


def _header(header: bytes) -> bytes:
    """The part's header with the new encoding in the place of the old one."""
    line = b"Content-Transfer-Encoding: base64\r\n"
    changed, count = _ENCODING.subn(line, header, count=1)
    return changed if count else line + header


def base64(data: bytes) -> bytes:
    """In lines of 76 characters, without a last line end."""
    lines = [binascii.b2a_base64(data[n : n + _STEP], newline=False) for n in range(0, len(data), _STEP)]
    return b"\r\n".join(lines)
