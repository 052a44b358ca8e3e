"""digest - a summary packed into one run of bytes, of which single fields can be cut without unpacking the rest.

A table of 32-bit end offsets, then the fields. Numbers are kept in a fixed head, so that sorting and sizes cost one
`unpack_from`. The version byte changes with the layout or with the meaning of a field: an old digest is made anew, never
converted. What is read back comes from a disk and is checked by the cache that holds it (length and checksum).
"""

import mmap
import struct
from collections.abc import Sequence

from pymaster.proto.message.summary import Summary

VERSION = 1
Buffer = bytes | memoryview | mmap.mmap
# Fields, in the order of the table.
(
    ENVELOPE, BODY, BODYSTRUCTURE, HEADER, PARTS, PREVIEW, SUBJECT, FROM_KEY, TO_KEY, CC_KEY, FROM_NAME, TO_NAME,
    MESSAGE_ID, REFERENCES, CONTENT_ID,
) = range(15)  # fmt: skip
COUNT = 15

# version, flags, pad, size, header size, lines, sent; then the ends of the fields.
_HEAD = struct.Struct("<BBxxIQQQq")
_ENDS = struct.Struct(f"<{COUNT}I")
_START = _HEAD.size + _ENDS.size
_IS_REPLY, _ATTACHMENT = 1, 2
_NO_DATE = -(1 << 62)
_PAIR = struct.Struct("<II")
_END = struct.Struct("<I")
_TABLE = _HEAD.size


def pack(summary: Summary) -> bytes:
    """A summary as bytes."""
    fields: Sequence[bytes] = (
        summary.envelope, summary.body, summary.bodystructure, summary.header, summary.parts, summary.preview,
        summary.subject, summary.from_key, summary.to_key, summary.cc_key, summary.from_name, summary.to_name,
        summary.message_id, b"\0".join(summary.references), summary.content_id,
    )  # fmt: skip
    ends, at = [], _START
    for field in fields:
        at += len(field)
        ends.append(at)
    flags = (_IS_REPLY if summary.is_reply else 0) | (_ATTACHMENT if summary.has_attachment else 0)
    sent = _NO_DATE if summary.sent is None else summary.sent
    head = _HEAD.pack(VERSION, flags, at, summary.size, summary.header_size, summary.lines, sent)
    return b"".join([head, _ENDS.pack(*ends), *fields])


def field(buffer: Buffer, number: int, base: int = 0) -> bytes:
    """One field of the digest that begins at `base` of a buffer (which may be a whole mapped cache)."""
    if number == 0:
        start, (end,) = _START, _END.unpack_from(buffer, base + _TABLE)
    else:
        start, end = _PAIR.unpack_from(buffer, base + _TABLE + 4 * number - 4)
    return bytes(buffer[base + start : base + end])


class Digest:
    """One message's digest in memory."""

    __slots__ = ("base", "buffer", "flags", "header_size", "length", "lines", "sent", "size")

    def __init__(self, buffer: Buffer, base: int = 0) -> None:
        """Raises ValueError for bytes of another version or too short for their own table."""
        try:
            version, self.flags, length, self.size, self.header_size, self.lines, sent = _HEAD.unpack_from(buffer, base)
        except struct.error as exc:
            raise ValueError("short digest") from exc
        if version != VERSION or length < _START or base + length > len(buffer):
            raise ValueError("not a digest of this version")
        self.buffer, self.base, self.length = buffer, base, length
        self.sent: int | None = None if sent == _NO_DATE else sent

    def __getitem__(self, number: int) -> bytes:
        return field(self.buffer, number, self.base)

    @property
    def packed(self) -> bytes:
        """The whole of it, to be kept elsewhere."""
        return bytes(self.buffer[self.base : self.base + self.length])

    @property
    def is_reply(self) -> bool:
        """Whether the subject began with a reply or forward mark."""
        return bool(self.flags & _IS_REPLY)

    @property
    def has_attachment(self) -> bool:
        """RFC 8457's idea of it."""
        return bool(self.flags & _ATTACHMENT)

    @property
    def references(self) -> list[bytes]:
        """Normalised ids, oldest first."""
        text = self[REFERENCES]
        return text.split(b"\0") if text else []
