"""frames - records in an append-only file: length, checksum, bytes. A torn or damaged end is where the file ends.

Whoever appends holds the writer's lock and writes a record with one call; whoever reads needs no lock: a record that is
not all there fails its length or its checksum, and is looked at again when the file has grown.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator

HEAD = struct.Struct("<II")
MAX_FRAME = 1 << 30


def frame(payload: bytes) -> bytes:
    """A record, ready to append."""
    return HEAD.pack(len(payload), zlib.crc32(payload)) + payload


def frames(buffer: bytes, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """(offset behind it, payload) of each whole record from `start` on, up to the first that is not whole."""
    at, end = start, len(buffer)
    while at + HEAD.size <= end:
        length, checksum = HEAD.unpack_from(buffer, at)
        begin = at + HEAD.size
        if length > MAX_FRAME or begin + length > end:
            return
        payload = buffer[begin : begin + length]
        if zlib.crc32(payload) != checksum:
            return
        at = begin + length
        yield at, payload


def write_all(fd: int, data: bytes) -> None:
    """Write all of it, if need be in several calls; raises OSError."""
    done = os.write(fd, data)
    while done < len(data):
        done += os.write(fd, memoryview(data)[done:])


def read_from(fd: int, offset: int, size: int) -> bytes:
    """Up to `size` bytes at an offset (fewer at the end of the file)."""
    parts, at = [], offset
    while at < offset + size:
        block = os.pread(fd, offset + size - at, at)
        if not block:
            break
        parts.append(block)
        at += len(block)
    return parts[0] if len(parts) == 1 else b"".join(parts)
