"""cache - the digests of a mailbox's messages in one append-only file, found by what names the message's bytes.

Each record is appended with one write to a file opened O_APPEND, so that delivery agents add theirs without a lock; it
carries a mark, its length and a checksum, so that a record cut short (full disk, kill) costs only itself. Readers map the
file; a table of (hash of the name) -> offset is made by hopping over the records at first use. The file is disposable:
what it lacks is made anew. When a fifth of it belongs to messages that are gone, the writer of the index rewrites it.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from hashlib import blake2b

from pymaster.proto.message import digest as digests
from pymaster.proto.message.digest import Digest
from pymaster.store.mailbox.frames import write_all
from pymaster.store.mailbox.index import CACHE

# Mark, length of the name, length of the digest, checksum of both, hash of the name.
HEAD = struct.Struct("<4sHxxIIQ")
_MARK = b"PMc%c" % digests.VERSION
MAX_RECORD = 1 << 26
# Below this size nothing is compacted.
LEAST = 1 << 18


def hashed(identity: str) -> int:
    """The number under which a message's digest is looked for."""
    return int.from_bytes(blake2b(identity.encode("utf-8", "surrogateescape"), digest_size=8).digest(), "little")


def record(identity: str, packed: bytes) -> bytes:
    """One record, ready to append."""
    name = identity.encode("utf-8", "surrogateescape")
    checksum = zlib.crc32(packed, zlib.crc32(name))
    return HEAD.pack(_MARK, len(name), len(packed), checksum, hashed(identity)) + name + packed


def append(dir_fd: int, data: bytes, *, create: bool) -> None:
    """Add records with one write; raises OSError (FileNotFoundError when there is no cache and none is to be made)."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | (os.O_CREAT if create else 0)
    fd = os.open(CACHE, flags, 0o600, dir_fd=dir_fd)
    try:
        # Not repeated when it is cut short: the rest would land behind somebody else's record.
        os.write(fd, data)
    finally:
        os.close(fd)


class Cache:
    """One mailbox's digests. Lookups from several threads are fine; they see what was there at the last `follow`."""

    def __init__(self, dir_fd: int | None) -> None:
        self._dir = dir_fd
        self._map: mmap.mmap | None = None
        self._inode, self._end = 0, 0
        self._offsets: dict[int, int] = {}
        # Where there is no folder for it, digests live here.
        self._loose: dict[int, Digest] = {}

    def get(self, identity: str) -> Digest | None:
        """The digest kept for a message; None when there is none, or a damaged one."""
        number = hashed(identity)
        found = self._loose.get(number)
        if found is not None:
            return found
        mapped = self._map
        at = self._offsets.get(number)
        if at is None or mapped is None:
            self.follow()
            mapped, at = self._map, self._offsets.get(number)
            if at is None or mapped is None:
                return None
        return self._checked(mapped, at, identity)

    def _checked(self, mapped: mmap.mmap, at: int, identity: str) -> Digest | None:
        mark, name, length, checksum, _ = HEAD.unpack_from(mapped, at)
        start = at + HEAD.size
        data = mapped[start : start + name + length]
        if mark != _MARK or zlib.crc32(data) != checksum:
            return None
        if data[:name] != identity.encode("utf-8", "surrogateescape"):
            return None
        with contextlib.suppress(ValueError):
            # In the map itself: checked once, then its fields are cut out of there.
            return Digest(mapped, start + name)
        return None

    def put(self, fresh: Mapping[str, bytes]) -> None:
        """Keep packed digests by identity. What cannot be written is kept in memory."""
        data = b"".join([record(identity, packed) for identity, packed in fresh.items()])
        try:
            if self._dir is None:
                raise FileNotFoundError
            append(self._dir, data, create=True)
        except OSError:
            if len(self._loose) > 1000:
                self._loose.clear()
            for identity, packed in fresh.items():
                self._loose[hashed(identity)] = Digest(packed)

    def follow(self) -> None:
        """Take in what was appended, or a file that was put in the place of the old one."""
        if self._dir is None:
            return
        try:
            fd = os.open(CACHE, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=self._dir)
        except OSError:
            return
        try:
            found = os.fstat(fd)
            if found.st_ino != self._inode or found.st_size < self._end:
                self._inode, self._end, self._offsets = found.st_ino, 0, {}
            if found.st_size == self._end or not found.st_size:
                return
            # The old map is left to whoever still reads it.
            self._map = mmap.mmap(fd, found.st_size, prot=mmap.PROT_READ)
        except (OSError, ValueError):
            return
        finally:
            os.close(fd)
        for at, _, number in _records(self._map, self._end):
            self._offsets[number] = at
        self._end = len(self._map)

    def size(self) -> int:
        """Octets of the file as last seen."""
        return self._end

    def compact(self, alive: Iterator[str]) -> bool:
        """Rewrite the file without the digests of messages that are gone, if they take a fifth; whether it did.

        Call it with the index's lock held. A digest that a delivery agent adds meanwhile may be lost, and is made anew.
        """
        self.follow()
        mapped = self._map
        if self._dir is None or mapped is None or self._end < LEAST:
            return False
        wanted = {hashed(identity) for identity in alive}
        kept = [
            (at, size) for at, size, number in _records(mapped, 0) if number in wanted and self._offsets[number] == at
        ]
        if sum(size for _, size in kept) * 5 > self._end * 4:
            return False
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            fd = os.open(f"{CACHE}.tmp", flags, 0o600, dir_fd=self._dir)
            try:
                for begin in range(0, len(kept), 500):
                    write_all(fd, b"".join([mapped[at : at + size] for at, size in kept[begin : begin + 500]]))
            finally:
                os.close(fd)
            os.rename(f"{CACHE}.tmp", CACHE, src_dir_fd=self._dir, dst_dir_fd=self._dir)
        except OSError:
            return False
        self.follow()
        return True

    def close(self) -> None:
        """Forget it; the map goes when its last reader does."""
        self._map, self._offsets, self._inode, self._end = None, {}, 0, 0


def _records(mapped: mmap.mmap, start: int) -> Iterator[tuple[int, int, int]]:
    """(offset, size, hash) of records from `start`; what is no record is searched for the next mark."""
    at, end = start, len(mapped)
    unpack, head = HEAD.unpack_from, HEAD.size
    while at + head <= end:
        mark, name, length, checksum, number = unpack(mapped, at)
        size = head + name + length
        if mark == _MARK and length <= MAX_RECORD and at + size <= end and _plain(mapped, at, size, checksum, end):
            yield at, size, number
            at += size
            continue
        at = mapped.find(_MARK, at + 1)
        if at < 0:
            return


def _plain(mapped: mmap.mmap, at: int, size: int, checksum: int, end: int) -> bool:
    """Whether a record ends where the next begins (checksums are left to `get`), or its checksum says that it is whole."""
    behind = at + size
    if behind == end or mapped[behind : behind + len(_MARK)] == _MARK:
        return True
    return zlib.crc32(mapped[at + HEAD.size : behind]) == checksum
