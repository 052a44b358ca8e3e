"""mboxrewrite - changing the end of an mbox in place so that a kill or a power cut at any instant loses nothing.

The file stays the same file. Putting a new one in its place by rename would be simpler, but mutt opens a mailbox first and
locks it then, and so does every program that may not make a lock file: one that waits for our lock would append its
message to a file that has no name any more. Keeping the file also keeps owner, mode, ACLs and hard links, and needs no
right to write to /var/mail.

So the new end is first written to a file of our own (the redo file) and flushed; then it is copied over the old end, the
mailbox is cut or has grown, and is flushed; then the redo file is emptied. Whoever of us locks the mailbox next and finds
a complete one does the copying again: it holds checksums of the old end in pages, so that it can tell its own half-done work
from that of another program, which is left alone. Mail that was appended behind a half-done copy is kept. A power cut may
bring the redo file of the last, finished change back: copying again changes nothing then.
"""

from __future__ import annotations

import os
import struct
import zlib
from array import array
from collections.abc import Iterator, Sequence

from pymaster.store.mailbox.plainfile import open_in
from pymaster.store.mboxjournal import boot_id
from pymaster.util import log

REDO = "pymaster.redo"
PAGE, BLOCK = 4096, 1 << 20
# magic, boot, device, inode, start, old end, new end, number of checksums, checksum of the data; then one of all that.
_HEAD = struct.Struct("<8s36sQQQQQQI")
_MAGIC = b"PMREDO\0\2"
# After a power cut one page may be half old, half new; a kill stops between pages.
MIXED = 1

_BOOT = boot_id().encode()

# A piece of the new end: bytes, or (offset, length) of what lies in the mailbox now, or in another open file.
Piece = bytes | tuple[int, int] | tuple[int, int, int]


def blocks(fd: int, start: int, end: int) -> Iterator[bytes]:
    """The bytes of a file between two places, in blocks that end where pages do; raises OSError when there are fewer."""
    at = start
    while at < end:
        block = os.pread(fd, min(BLOCK - at % BLOCK, end - at), at)
        if not block:
            raise OSError("file is shorter than it was")
        yield block
        at += len(block)


def _blocks_of(fd: int, piece: Piece) -> Iterator[bytes]:
    if isinstance(piece, bytes):
        yield piece
    else:
        yield from blocks(piece[2] if len(piece) == 3 else fd, piece[0], piece[0] + piece[1])


def write_at(fd: int, data: bytes, at: int) -> None:
    """Write all of it there; raises OSError."""
    view = memoryview(data)
    while view:
        count = os.pwrite(fd, view, at)
        view, at = view[count:], at + count


def _checksums(fd: int, start: int, end: int) -> array[int]:
    """One for each page (the first and last may be pieces) of this stretch."""
    made = array("I")
    at = start
    for block in blocks(fd, start, end):
        view, first = memoryview(block), 0
        while first < len(block):
            last = min(first + PAGE - (at + first) % PAGE, len(block))
            made.append(zlib.crc32(view[first:last]))
            first = last
        at += len(block)
    return made


def _aligned(start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    while at < end:
        stop = min(at + PAGE - at % PAGE, end)
        yield at, stop
        at = stop


class Rewriter:
    """Rewrites one mailbox; used by who holds its lock. `folder` (ours, on a disk) is where the redo file goes."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._path = f"{folder}/{REDO}"

    def pending(self) -> bool:
        """Whether there is work that was not finished. Cheap."""
        try:
            return os.stat(self._path, follow_symlinks=False).st_size > 0
        except FileNotFoundError:
            return False

    def _open(self) -> int:
        try:
            return open_in(self._folder, REDO, os.O_RDWR)
        except FileNotFoundError:
            fd = open_in(self._folder, REDO, os.O_RDWR | os.O_CREAT)
            self._flush_folder()
            return fd

    def replace(self, fd: int, start: int, pieces: Sequence[Piece]) -> int:
        """Put these pieces in the place of all that lies behind `start`, durably; the new end. Raises OSError, and the
        mailbox is as before, or will be as wanted at the next `recover`."""
        redo = self._open()
        try:
            return self._replace(redo, fd, start, pieces)
        finally:
            os.close(redo)

    def _replace(self, redo: int, fd: int, start: int, pieces: Sequence[Piece]) -> int:
        old_end = os.fstat(fd).st_size
        new_end = start + sum(len(piece) if isinstance(piece, bytes) else piece[1] for piece in pieces)
        os.ftruncate(redo, 0)
        try:
            self._note(redo, fd, (start, old_end, new_end), pieces)
        except OSError:
            os.ftruncate(redo, 0)
            raise
        _Redo(redo).apply(fd)
        os.ftruncate(redo, 0)
        return new_end

    def _note(self, redo: int, fd: int, places: tuple[int, int, int], pieces: Sequence[Piece]) -> None:
        start, old_end, new_end = places
        middle = min(old_end, new_end)
        sums = _checksums(fd, start, middle) + _checksums(fd, middle, old_end)
        found, crc = os.fstat(fd), 0
        at = _HEAD.size + 4 * len(sums) + 4
        for piece in pieces:
            for block in _blocks_of(fd, piece):
                write_at(redo, block, at)
                crc = zlib.crc32(block, crc)
                at += len(block)
        head = _HEAD.pack(
            _MAGIC, _BOOT, found.st_dev, found.st_ino, start, old_end, new_end, len(sums), crc
        ) + sums.tobytes()  # fmt: skip
        write_at(redo, head + zlib.crc32(head).to_bytes(4, "little"), 0)
        os.fdatasync(redo)

    def _flush_folder(self) -> None:
        dir_fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(dir_fd)
        finally:
            os.close(dir_fd)

    def recover(self, fd: int) -> bool:
        """Finish what a dead process began; whether there was something to do. Raises OSError."""
        if not self.pending():
            return False
        redo = self._open()
        try:
            work = _Redo.read(redo)
            verdict = work.verdict(fd) if work else "nothing"
            if work and verdict == "again":
                work.apply(fd)
            elif work and verdict == "moved":
                self._with_tail(fd, work)
            if verdict == "foreign":
                log.warning("mailbox was changed by another program after an interrupted rewrite: left as it is")
            os.ftruncate(redo, 0)
        finally:
            os.close(redo)
        return verdict in ("again", "moved")

    def _with_tail(self, fd: int, work: _Redo) -> None:
        """Somebody appended behind the old end before the mailbox was cut: that belongs behind the new end."""
        new = (work.data, work.new_end - work.start, work.fd)
        size = os.fstat(fd).st_size
        # Under another name first: until this one is complete the old one is needed.
        other = open_in(self._folder, f"{REDO}.tmp", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        try:
            places = work.start, size, work.new_end + size - work.old_end
            self._note(other, fd, places, [new, (work.old_end, size - work.old_end)])
            os.rename(f"{self._path}.tmp", self._path)
            self._flush_folder()
            _Redo(other).apply(fd)
            os.ftruncate(other, 0)
        finally:
            os.close(other)


class _Redo:
    """A redo file that is complete."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        head = os.pread(fd, _HEAD.size, 0)
        magic, boot, self.device, self.inode, self.start, self.old_end, self.new_end, count, crc = _HEAD.unpack(head)
        if magic != _MAGIC or count > (1 << 26):
            raise ValueError("not a redo file")
        self.mixed = 0 if boot.rstrip(b"\0") == _BOOT else MIXED
        head += os.pread(fd, 4 * count, _HEAD.size)
        self.sums = array("I")
        self.sums.frombytes(head[_HEAD.size :])
        self.data = len(head) + 4
        check = int.from_bytes(os.pread(fd, 4, len(head)), "little")
        if check != zlib.crc32(head) or os.fstat(fd).st_size != self.data + self.new_end - self.start:
            raise ValueError("damaged redo file")
        self._crc: int = crc

    def _whole(self) -> bool:
        crc = 0
        for block in blocks(self.fd, self.data, self.data + self.new_end - self.start):
            crc = zlib.crc32(block, crc)
        return crc == self._crc

    @classmethod
    def read(cls, fd: int) -> _Redo | None:
        """The redo file, None when it is none (a power cut may leave anything)."""
        try:
            made = cls(fd)
            return made if made._whole() else None
        except (ValueError, struct.error):
            return None

    def apply(self, fd: int) -> None:
        """Copy. What lies behind the old end comes first: until all of that is there nothing old is touched."""
        middle = min(self.old_end, self.new_end)
        self._copy(fd, middle, self.new_end)
        self._copy(fd, self.start, middle)
        if self.new_end < self.old_end:
            os.ftruncate(fd, self.new_end)
        os.fsync(fd)

    def _copy(self, fd: int, start: int, end: int) -> None:
        shift, at = self.data - self.start, start
        while at < end:
            # Writes end where pages do, so that no page is half done between two of them.
            block = os.pread(self.fd, min(BLOCK - at % BLOCK, end - at), at + shift)
            if not block:
                raise OSError("redo file is shorter than it was")
            write_at(fd, block, at)
            at += len(block)

    def verdict(self, fd: int) -> str:
        """`again`: copy again; `moved`: the same, but others have appended; `done`; `foreign`: it is not our work."""
        found = os.fstat(fd)
        size = found.st_size
        if (found.st_dev, found.st_ino) != (self.device, self.inode) or size < min(self.old_end, self.new_end):
            return "foreign"
        middle = min(self.old_end, self.new_end)
        pages, rest = list(_aligned(self.start, middle)), list(_aligned(middle, self.old_end))
        if len(pages) + len(rest) != len(self.sums):
            return "foreign"
        if self.new_end >= self.old_end:
            if not self._is_new(fd, middle, min(size, self.new_end)):
                return "foreign"
            return "again" if self._ours(fd, pages) else "foreign"
        # It shrinks: as long as the old rest is there, it was not cut yet.
        if size >= self.old_end and self._is_old(fd, rest, len(pages)):
            if not self._ours(fd, pages):
                return "foreign"
            return "again" if size == self.old_end else "moved"
        return "done" if self._is_new(fd, self.start, self.new_end) else "foreign"

    def _is_new(self, fd: int, start: int, end: int) -> bool:
        shift, at = self.data - self.start, start
        for block in blocks(fd, start, end):
            if block != os.pread(self.fd, len(block), at + shift):
                return False
            at += len(block)
        return True

    def _is_old(self, fd: int, pages: Sequence[tuple[int, int]], first: int) -> bool:
        sums = self.sums
        return all(zlib.crc32(os.pread(fd, stop - at, at)) == sums[first + n] for n, (at, stop) in enumerate(pages))

    def _ours(self, fd: int, pages: Sequence[tuple[int, int]]) -> bool:
        """Whether each page is the old or the new one."""
        shift, mixed = self.data - self.start, 0
        for n, (at, stop) in enumerate(pages):
            page = os.pread(fd, stop - at, at)
            if zlib.crc32(page) != self.sums[n] and page != os.pread(self.fd, stop - at, at + shift):
                mixed += 1
        return mixed <= self.mixed
