"""cache - the digests of a mailbox's messages in one append-only file, found by what names the message's bytes.

Each record is appended with one write to a file opened O_APPEND, so that delivery agents add theirs without a lock; it
carries a mark, its length and a checksum, so that a record cut short (full disk, kill) costs only itself. A table of
(hash of the name) -> offset is made by hopping over the records at first use. Nothing is mapped: a file that somebody cuts
would kill who reads it. The file is disposable: what it lacks is made anew. When a fifth of it belongs to messages that
are gone, the writer of the index rewrites it.
"""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from hashlib import blake2b

from pymaster.proto.message import digest as digests
from pymaster.proto.message.digest import Digest
from pymaster.store.mailbox.frames import write_all
from pymaster.store.mailbox.index import CACHE
from pymaster.store.mailbox.plainfile import open_plain

# Mark, length of the name, length of the digest, checksum of both, hash of the name.
HEAD = struct.Struct("<4sHxxIIQ")
_MARK = b"PMc%c" % digests.VERSION
MAX_RECORD = 1 << 26
# Below this size nothing is compacted.
LEAST = 1 << 18
# Octets that are read at once to hop over records; bits of a table entry that are the record's size.
WINDOW, _SIZE_BITS = 1 << 20, 28
_SIZE = (1 << _SIZE_BITS) - 1


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
    fd = open_plain(dir_fd, CACHE, os.O_WRONLY | os.O_APPEND | (os.O_CREAT if create else 0))
    try:
        # Not repeated when it is cut short: the rest would land behind somebody else's record.
        os.write(fd, data)
    finally:
        os.close(fd)


class _File:
    """An open cache file, closed when nobody has it any more: lookups go on in the old one while another takes its place."""

    __slots__ = ("fd",)

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def __del__(self) -> None:
        os.close(self.fd)


class Cache:
    """One mailbox's digests. Lookups from several threads are fine; they see what was there at the last `follow`."""

    def __init__(self, dir_fd: int | None) -> None:
        self._dir = dir_fd
        self._file: _File | None = None
        self._inode, self._end = 0, 0
        self._offsets: dict[int, int] = {}
        # Offset and size of the newest record by hash. Where there is no folder for it, digests live here.
        self._loose: dict[int, Digest] = {}

    def get(self, identity: str) -> Digest | None:
        """The digest kept for a message; None when there is none, or a damaged one."""
        number = hashed(identity)
        found = self._loose.get(number)
        if found is not None:
            return found
        kept = self._read(number, identity)
        if kept is None:
            # Not there when we last looked, or the file was cut since.
            self.follow()
            kept = self._read(number, identity)
        return kept

    def _read(self, number: int, identity: str) -> Digest | None:
        file, at = self._file, self._offsets.get(number)
        if at is None or file is None:
            return None
        try:
            return self._checked(os.pread(file.fd, at & _SIZE, at >> _SIZE_BITS), identity)
        except OSError:
            return None

    def _checked(self, found: bytes, identity: str) -> Digest | None:
        if len(found) < HEAD.size:
            return None
        mark, name, length, checksum, _ = HEAD.unpack_from(found)
        begin = HEAD.size + name
        if mark != _MARK or len(found) != begin + length or zlib.crc32(memoryview(found)[HEAD.size :]) != checksum:
            return None
        if found[HEAD.size : begin] != identity.encode("utf-8", "surrogateescape"):
            return None
        with contextlib.suppress(ValueError):
            # The record as it was read: its fields are cut out of there.
            return Digest(found, begin)
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
            found = os.stat(CACHE, dir_fd=self._dir, follow_symlinks=False)
            if self._file is None or found.st_ino != self._inode:
                self._file = _File(open_plain(self._dir, CACHE, os.O_RDONLY))
                found = os.fstat(self._file.fd)
            if found.st_ino != self._inode or found.st_size < self._end:
                self._inode, self._end, self._offsets = found.st_ino, 0, {}
            file, end = self._file, found.st_size
            if end != self._end:
                for at, size, number in _records(file.fd, self._end, end):
                    self._offsets[number] = at << _SIZE_BITS | size
                self._end = end
        except OSError:
            return

    def size(self) -> int:
        """Octets of the file as last seen."""
        return self._end

    def compact(self, alive: Iterator[str]) -> bool:
        """Rewrite the file without the digests of messages that are gone, if they take a fifth; whether it did.

        Call it with the index's lock held. A digest that a delivery agent adds meanwhile may be lost, and is made anew.
        """
        self.follow()
        file = self._file
        if self._dir is None or file is None or self._end < LEAST:
            return False
        wanted = {hashed(identity) for identity in alive}
        kept = sorted(at for number, at in self._offsets.items() if number in wanted)
        if sum(at & _SIZE for at in kept) * 5 > self._end * 4:
            return False
        try:
            fd = open_plain(self._dir, f"{CACHE}.tmp", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            try:
                for begin in range(0, len(kept), 500):
                    some = kept[begin : begin + 500]
                    write_all(fd, b"".join([os.pread(file.fd, at & _SIZE, at >> _SIZE_BITS) for at in some]))
            finally:
                os.close(fd)
            os.rename(f"{CACHE}.tmp", CACHE, src_dir_fd=self._dir, dst_dir_fd=self._dir)
        except OSError:
            return False
        self.follow()
        return True

    def close(self) -> None:
        """Forget it; the file is closed when its last reader is done."""
        self._file, self._offsets, self._inode, self._end = None, {}, 0, 0


def _records(fd: int, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(offset, size, hash) of records from `start`; what is no record is searched for the next mark. Raises OSError."""
    at, base, window = start, start, b""
    unpack, head = HEAD.unpack_from, HEAD.size
    while at + head <= end:
        if at + head > base + len(window):
            base, window = at, os.pread(fd, WINDOW, at)
            if len(window) < head:
                return  # it was cut meanwhile
        mark, name, length, checksum, number = unpack(window, at - base)
        size = head + name + length
        if mark == _MARK and length <= MAX_RECORD and at + size <= end:
            behind = window[at + size - base : at + size - base + len(_MARK)]
            if behind == _MARK or at + size == end or _whole(fd, at, size, checksum):
                yield at, size, number
                at += size
                continue
        found = window.find(_MARK, at + 1 - base)
        # A mark may lie across the end of the window.
        at = base + found if found >= 0 else max(at + 1, base + len(window) - len(_MARK) + 1)


def _whole(fd: int, at: int, size: int, checksum: int) -> bool:
    """Whether a record ends where the next begins (checksums are left to `get`), or its checksum says that it is whole."""
    if os.pread(fd, len(_MARK), at + size) == _MARK:
        return True
    return zlib.crc32(os.pread(fd, size - HEAD.size, at + HEAD.size)) == checksum
