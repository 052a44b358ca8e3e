"""mboxjournal - what a mailbox file looked like before the append that is under way, so that a torn one is undone.

An mbox has no way to say where a message ends but the next one's beginning, so an append cut short by a kill or a power
cut leaves half a message for ever. Before it appends, the writer notes device, inode, length and the first bytes to come,
durably; after it, the new length and a checksum. Whoever locks the mailbox next looks:

- "begun", and what lies behind the old length starts as the note says: cut back to the old length;
- "done" in an earlier boot, untouched since, and the checksum does not fit (the note reached the disk, the mail did
  not): cut back;
- anything else (another inode, another program has rewritten the file or appended to it): leave it alone.

The note also remembers the last messages appended: a retry of one of them is answered "already there".

Notes lie in a folder of our own (one file per mailbox, named after device and inode), which is opened while still
privileged (`elevated` gives these rights back for a moment): nothing is ever written with our rights under a path that a user owns. Two slots are written in turn, so a
torn note falls back to the one before.
"""

import os
import time
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from pymaster.store import safeopen
from pymaster.util.record import BadRecord, Record, record

SLOT = 4096
# Bytes of the message's beginning that are compared, and how many messages are remembered.
HEAD, REMEMBERED = 256, 64
BEGUN, DONE = 1, 2
# How far (nanoseconds) the time stamps of a file may lie behind the clock.
SLACK = 1_000_000_000
# Notes untouched for so long (seconds) are dropped.
MAX_AGE = 30 * 86400.0


@record(tag=60)
class Note(Record):
    """One slot. `size` is the length before the append, `end` after it (0 while begun), `crc` of the appended bytes;
    `when` is wall nanoseconds."""

    seq: int
    state: int
    boot: str
    device: int
    inode: int
    size: int
    end: int
    crc: int
    head: bytes
    keys: tuple[str, ...]
    when: int = 0


def boot_id() -> str:
    """What tells this boot of the machine from others; while it lasts, the page cache is the truth."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read(64).rstrip("\n")
    except OSError:
        return ""


class Journal:
    """The folder of notes; make it while privileged. `folder` must not be writable by anybody else."""

    def __init__(self, folder: str, elevated: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        """Make or open the folder; raises OSError or Unsafe."""
        self._elevated = elevated
        safeopen.make_directories(folder)
        self._dir_fd = safeopen.open_directory(folder)
        found = os.fstat(self._dir_fd)
        if found.st_uid != os.geteuid() or found.st_mode & 0o077:
            os.close(self._dir_fd)
            raise safeopen.Unsafe(f"{folder} must belong to uid {os.geteuid()} with mode 0700")
        self._boot = boot_id()

    def close(self) -> None:
        """Give the folder back."""
        os.close(self._dir_fd)

    def open(self, found: os.stat_result) -> "Notes":
        """The notes of the mailbox whose fstat this is; raises OSError."""
        name = f"{found.st_dev:x}.{found.st_ino:x}"
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with self._elevated():
            fd = os.open(name, flags, safeopen.FILE_MODE, dir_fd=self._dir_fd)
            if not os.fstat(fd).st_size:
                os.fsync(self._dir_fd)
        return Notes(fd, found, self._boot)

    def collect(self, now: float) -> int:
        """Drop notes that nobody has needed for a month; how many."""
        removed = 0
        for name in os.listdir(self._dir_fd):
            if os.stat(name, dir_fd=self._dir_fd, follow_symlinks=False).st_mtime < now - MAX_AGE:
                os.unlink(name, dir_fd=self._dir_fd)
                removed += 1
        return removed


class Notes:
    """The two slots of one mailbox; used only by who holds the mailbox's lock."""

    def __init__(self, fd: int, found: os.stat_result, boot: str) -> None:
        self._fd, self._boot = fd, boot
        self._identity = (found.st_dev, found.st_ino)
        last = [note for note in (self._read(0), self._read(1)) if note]
        self.last = max(last, key=lambda note: note.seq) if last else None

    def _read(self, slot: int) -> Note | None:
        data = os.pread(self._fd, SLOT, slot * SLOT)
        size = int.from_bytes(data[:4], "big")
        body = data[8 : 8 + size]
        if len(data) < 8 or len(body) != size or zlib.crc32(body) != int.from_bytes(data[4:8], "big"):
            return None
        try:
            note = Note.unpack(body)
        except BadRecord:
            return None
        return note if (note.device, note.inode) == self._identity else None

    def _write(self, note: Note) -> None:
        body = note.pack()
        data = len(body).to_bytes(4, "big") + zlib.crc32(body).to_bytes(4, "big") + body
        if len(data) > SLOT:
            raise ValueError("note too large")
        os.pwrite(self._fd, data, (note.seq & 1) * SLOT)
        self.last = note

    def remembers(self, key: str) -> bool:
        """Whether the message `key` is among the last ones appended."""
        return self.last is not None and self.last.state == DONE and key in self.last.keys

    def begin(self, size: int, head: bytes) -> None:
        """Note durably that bytes beginning with `head` are about to follow at `size`; raises OSError."""
        keys = self.last.keys if self.last else ()
        seq = self.last.seq + 1 if self.last else 0
        self._write(Note(seq, BEGUN, self._boot, *self._identity, size, 0, 0, head[:HEAD], keys))
        os.fdatasync(self._fd)

    def done(self, key: str, end: int, crc: int) -> None:
        """Note that all bytes up to `end` are written; the caller flushes the mailbox and then calls `flush`."""
        begun = self.last
        assert begun is not None
        keys = (*begun.keys, key)[-REMEMBERED:]
        self._write(
            Note(
                begun.seq + 1, DONE, self._boot, *self._identity, begun.size, end, crc, begun.head, keys, time.time_ns()
            )
        )

    def undone(self) -> None:
        """Note that the mailbox has been cut back to where it was."""
        begun = self.last
        assert begun is not None
        kept = begun.keys[:-1] if begun.state == DONE else begun.keys
        self._write(Note(begun.seq + 1, DONE, self._boot, *self._identity, begun.size, begun.size, 0, b"", kept))

    def flush(self) -> None:
        """Make the last note durable; raises OSError."""
        os.fdatasync(self._fd)

    def torn(self, fd: int, found: os.stat_result) -> int | None:
        """The length that the mailbox (open as `fd`, with this fstat) is to be cut back to; None when it is whole."""
        note, size = self.last, found.st_size
        if note is None or size <= note.size or not note.head:
            return None
        if note.state == DONE:
            # In the same boot what was written is there. Changed later than noted, or longer: others have been at work.
            if note.boot == self._boot or size > note.end or found.st_mtime_ns > note.when + SLACK:
                return None
            if size == note.end and _checksum(fd, note.size, note.end) == note.crc:
                return None
        return note.size if _ours(fd, note, size) else None

    def close(self) -> None:
        """Give the file back."""
        os.close(self._fd)


def _ours(fd: int, note: Note, size: int) -> bool:
    """Whether all that lies behind the old length is a piece of the message noted."""
    found = os.pread(fd, len(note.head), note.size)
    if not (note.head.startswith(found) or not any(found)):
        return False
    # A line "From " is quoted in what we write: if there is one, another program has appended a message behind ours.
    before, at = b"", note.size + 1
    while at < size:
        block = os.pread(fd, min(1 << 18, size - at), at)
        if not block:
            break
        if b"\nFrom " in before + block:
            return False
        before, at = block[-5:], at + len(block)
    return True


def _checksum(fd: int, start: int, end: int) -> int:
    crc, at = 0, start
    while at < end:
        block = os.pread(fd, min(1 << 18, end - at), at)
        if not block:
            break
        crc = zlib.crc32(block, crc)
        at += len(block)
    return crc
