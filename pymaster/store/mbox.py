"""mbox - messages appended to one file, each begun by a "From " line and ended by an empty one.

The file is opened safely (see `safeopen`), locked as other programs lock it, cut back if the last writer died in the
middle (see `mboxjournal`), appended to, and made durable before anybody is told. What fails half-way is cut back at
once. The bytes, From_ line and quoting included, come ready from the caller, which also has taken the right user's
rights. Sources: Postfix local(8), mbox(5), RFC 4155.
"""

import errno
import os
import select
import stat
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from pymaster.store import mboxlock, safeopen
from pymaster.store.mboxjournal import Journal, Notes
from pymaster.store.mboxlock import Locking

# A device or fifo that nobody reads may take this long (seconds) before delivery is given up.
SPECIAL_WAIT = 30.0


@dataclass(slots=True)
class Mailbox:
    """One file to append to. `owner` is the uid it must belong to (None: any), `limit` its greatest size (0: none).

    `special`: devices and fifos will do (`/dev/null` in an alias). `forbidden_mode`: permission bits that must not be
    set. `make_for`: (uid, gid) that a new file is given to, when the caller acts as root for it.
    """

    path: str
    locking: Locking
    owner: int | None = None
    limit: int = 0
    special: bool = False
    forbidden_mode: int = 0
    make_for: tuple[int, int] | None = None


def append(mailbox: Mailbox, key: str, blocks: Iterable[bytes], journal: Journal | None = None) -> bool:
    """Append one message durably; False when `key` is among the last ones appended, so nothing was to be done.

    Raises OSError (EFBIG when the limit is reached), Unsafe, LockBusy, LockFailed; then the file is as before.
    """
    folder, name = safeopen.split(mailbox.path)
    dir_fd = safeopen.open_directory(folder, follow=True)
    try:
        return _append_in(dir_fd, name, mailbox, key, _Source(blocks, journal))
    finally:
        os.close(dir_fd)


@dataclass(slots=True)
class _Source:
    blocks: Iterable[bytes]
    journal: Journal | None


def _append_in(dir_fd: int, name: str, mailbox: Mailbox, key: str, source: _Source) -> bool:
    demand = safeopen.Demand(None if mailbox.make_for else mailbox.owner, mailbox.special)
    fd, made = safeopen.open_append(dir_fd, name, demand)
    try:
        found = os.fstat(fd)
        if found.st_mode & mailbox.forbidden_mode and stat.S_ISREG(found.st_mode):
            raise safeopen.Unsafe("file is executable")
        if made and mailbox.make_for:
            os.fchown(fd, *mailbox.make_for)
        elif mailbox.make_for and mailbox.owner not in (None, found.st_uid):
            raise safeopen.Unsafe("destination is not owned by recipient")
        if not stat.S_ISREG(found.st_mode):
            _write_special(fd, source.blocks)
            return True
        if made:
            os.fsync(dir_fd)
        undo = mboxlock.take(fd, dir_fd, name, mailbox.locking)
        try:
            _still_there(fd, dir_fd, name)
            return _append_locked(fd, mailbox.limit, key, source)
        finally:
            undo()
    finally:
        os.close(fd)


def _still_there(fd: int, dir_fd: int, name: str) -> None:
    """Another program may have put a new file in the place of the one we waited for."""
    ours, now = os.fstat(fd), os.stat(name, dir_fd=dir_fd, follow_symlinks=False)
    if (ours.st_dev, ours.st_ino) != (now.st_dev, now.st_ino):
        raise mboxlock.LockBusy("mailbox was replaced while it was being locked")
    if ours.st_nlink != 1:
        raise safeopen.Unsafe(f"file has {ours.st_nlink} hard links")


def _append_locked(fd: int, limit: int, key: str, source: _Source) -> bool:
    found = os.fstat(fd)
    notes = source.journal.open(found) if source.journal else None
    try:
        size = found.st_size
        if notes:
            cut = notes.torn(fd, found)
            if cut is not None:
                os.ftruncate(fd, cut)
                os.fsync(fd)
                size = cut
                notes.undone()
            if notes.remembers(key):
                return False
        _write(fd, size, limit, source.blocks, _Keeper(notes, key))
        return True
    finally:
        if notes:
            notes.close()


class _Keeper:
    """The journal's part in one append; without a journal only the checksum's cost is saved."""

    __slots__ = ("_crc", "_key", "_notes")

    def __init__(self, notes: Notes | None, key: str) -> None:
        self._notes, self._key, self._crc = notes, key, 0

    def first(self, size: int, block: bytes) -> None:
        if self._notes:
            self._notes.begin(size, block)

    def wrote(self, block: bytes) -> None:
        if self._notes:
            self._crc = zlib.crc32(block, self._crc)

    def finish(self, fd: int, end: int) -> None:
        if self._notes:
            self._notes.done(self._key, end, self._crc)
        os.fsync(fd)
        if self._notes:
            self._notes.flush()

    def undone(self) -> None:
        if self._notes:
            self._notes.undone()
            self._notes.flush()


def _write(fd: int, size: int, limit: int, blocks: Iterable[bytes], keeper: _Keeper) -> None:
    end = size
    begun = False
    try:
        for block in blocks:
            if not block:
                continue
            if limit and end + len(block) > limit:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
            if not begun:
                begun = True
                keeper.first(size, block)
            _write_all(fd, block)
            keeper.wrote(block)
            end += len(block)
        keeper.finish(fd, end)
    except BaseException:
        # Also when the queue could not be read to the end: no torn message stays.
        if begun:
            os.ftruncate(fd, size)
            keeper.undone()
        raise


def _write_all(fd: int, block: bytes) -> None:
    count = os.write(fd, block)
    while count < len(block):
        count += os.write(fd, memoryview(block)[count:])


def _write_special(fd: int, blocks: Iterable[bytes]) -> None:
    """A device or fifo: written as fast as it takes the bytes, and not for ever."""
    deadline = time.monotonic() + SPECIAL_WAIT
    for block in blocks:
        view = memoryview(block)
        while view:
            try:
                view = view[os.write(fd, view) :]
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                _await_writable(fd, deadline)


def _await_writable(fd: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    poll.poll(max(deadline - time.monotonic(), 0.0) * 1000)
