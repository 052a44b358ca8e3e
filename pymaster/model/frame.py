"""frame - records on a stream socket: a 4-byte big-endian length, then one msgpack row of at most 1 MB.

The length's first byte is always 0, so a listener can tell a frame from the one-letter triggers of postkick(1).
"""

from collections.abc import Iterable

import msgpack

from pymaster.util.record import MAX_FRAME, BadRecord, Record, decode, load_row


def encode(item: Record) -> bytes:
    """One record as a frame; raises BadRecord if it is larger than a frame may be."""
    data: bytes = msgpack.packb(item.to_row())
    if len(data) > MAX_FRAME:
        raise BadRecord("frame too large")
    return len(data).to_bytes(4, "big") + data


def encode_all(items: Iterable[Record]) -> bytes:
    """Several records as one run of frames, for one send."""
    return b"".join([encode(item) for item in items])


class FrameReader:
    """Takes a stream apart: feed it bytes, get whole records."""

    __slots__ = ("_buffer", "accept")

    def __init__(self, *accept: type[Record]) -> None:
        """`accept` names the record types of this socket's schema; any other raises BadRecord."""
        self._buffer = bytearray()
        self.accept = frozenset(kind.TAG for kind in accept)

    def feed(self, data: bytes) -> list[Record]:
        """The records completed by `data`; raises BadRecord (the connection is then useless)."""
        buffer = self._buffer
        buffer += data
        found: list[Record] = []
        start, end = 0, len(buffer)
        while end - start >= 4:
            size = int.from_bytes(buffer[start : start + 4], "big")
            if size > MAX_FRAME:
                raise BadRecord("frame too large")
            if end - start - 4 < size:
                break
            row = load_row(bytes(buffer[start + 4 : start + 4 + size]))
            if row[0] not in self.accept:
                raise BadRecord(f"record {row[0]} does not belong on this socket")
            found.append(decode(row))
            start += 4 + size
        del buffer[:start]
        return found

    @property
    def partial(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._buffer)
