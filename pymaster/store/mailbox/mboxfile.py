"""mboxfile - an mbox held open: found by its name, locked as all programs lock it, its times left as mail checkers expect.

Shells, biff and mutt call a mailbox new when it was changed after it was last read (mtime above atime). We read without
touching atime where the system lets us, and set it back where it does not, as long as there is unread mail.
"""

from __future__ import annotations

import contextlib
import errno
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace

from pymaster.store import mboxlock, safeopen
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.mboxrewrite import Rewriter
from pymaster.store.mboxlock import Locking

# How often a file that is replaced while we wait for its lock is opened again.
TRIES = 5
# Device, inode, octets that were looked at, mtime (ns).
_STAMP = struct.Struct("<QQQq")
# Nobody waits for long in a session.
PATIENT = Locking(attempts=40, delay=0.25, optional_dotlock=True)


class MboxFile:
    """One file. `optional`: that it is missing says that it is empty (a spool file), and it is made when it is needed."""

    def __init__(self, path: str, folder: str, *, locking: Locking = PATIENT, optional: bool = False) -> None:
        """`folder` is where the redo file goes. Raises nothing yet."""
        self.path, self.optional, self.locking = path, optional, locking
        self._folder, self._name = safeopen.split(path)
        self.rewriter = Rewriter(folder)
        self.fd = -1
        self.read_only = False

    def stat(self) -> os.stat_result | None:
        """What is there under the name; None: nothing. Raises MailboxError NONEXISTENT when something must be."""
        try:
            return os.stat(self.path, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            if self.optional:
                return None
            raise MailboxError("NONEXISTENT", "Mailbox doesn't exist") from None

    @contextlib.contextmanager
    def locked(self, *, make: bool = False, brief: bool = False) -> Iterator[int]:
        """The file's descriptor, locked and free of half-done work; -1 when there is no file (`make`: it is made).
        `brief`: not to be waited for.

        Raises OSError, MailboxError (INUSE: another program keeps it; UNAVAILABLE, NOPERM, NONEXISTENT).
        """
        try:
            dir_fd = safeopen.open_directory(self._folder, follow=True)
        except FileNotFoundError:
            if make or not self.optional:
                raise MailboxError("NONEXISTENT", "Mailbox doesn't exist") from None
            self.close()
            yield -1
            return
        try:
            for _ in range(TRIES):
                self._open(dir_fd, make=make)
                if self.fd < 0:
                    yield -1
                    return
                undo = self._take(dir_fd, brief=brief)
                try:
                    if self._is_there(dir_fd):
                        if not self.read_only:
                            self.rewriter.recover(self.fd)
                        yield self.fd
                        return
                finally:
                    undo()
            raise MailboxError("INUSE", "Mailbox is being replaced all the time")
        except safeopen.Unsafe as exc:
            raise MailboxError("UNAVAILABLE", "Mailbox is not a file that mail is read from") from exc
        finally:
            os.close(dir_fd)

    def _take(self, dir_fd: int, *, brief: bool) -> Callable[[], None]:
        locking = replace(self.locking, attempts=1) if brief else self.locking
        if self.read_only:
            locking = replace(locking, optional_dotlock=True)
        try:
            return mboxlock.take(self.fd, dir_fd, self._name, locking)
        except mboxlock.LockBusy as exc:
            raise MailboxError("INUSE", "Mailbox is locked by another program") from exc
        except mboxlock.LockFailed as exc:
            raise MailboxError("UNAVAILABLE", "Mailbox can't be locked") from exc

    def _is_there(self, dir_fd: int) -> bool:
        try:
            now = os.stat(self._name, dir_fd=dir_fd, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return os.path.samestat(now, os.fstat(self.fd))

    def _open(self, dir_fd: int, *, make: bool) -> None:
        if self.fd >= 0 and self._is_there(dir_fd):
            return
        self.close()
        try:
            self.fd = self._existing(dir_fd)
        except FileNotFoundError:
            if not make and not self.optional:
                raise MailboxError("NONEXISTENT", "Mailbox doesn't exist") from None
            if make:
                self.fd = self._made(dir_fd)

    def _made(self, dir_fd: int) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            fd = os.open(self._name, flags, safeopen.FILE_MODE, dir_fd=dir_fd)
        except FileExistsError:
            return self._existing(dir_fd)
        os.fsync(dir_fd)
        return fd

    def _existing(self, dir_fd: int) -> int:
        base = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
        fd = -1
        # Without O_NOATIME for what is not ours; for reading only when we may not write.
        for flags in (os.O_RDWR | os.O_NOATIME, os.O_RDWR, os.O_RDONLY):
            try:
                fd = os.open(self._name, base | flags, dir_fd=dir_fd)
            except PermissionError:
                continue
            except OSError as exc:
                if exc.errno == errno.EROFS:
                    continue
                if exc.errno in (errno.ELOOP, errno.EISDIR):
                    raise safeopen.Unsafe("not a regular file") from exc
                raise
            self.read_only = flags == os.O_RDONLY
            break
        if fd < 0:
            raise MailboxError("NOPERM", "Permission denied")
        try:
            safeopen.check(os.fstat(fd), safeopen.Demand())
        except safeopen.Unsafe:
            os.close(fd)
            raise
        return fd

    def settle_times(self, *, unread: bool) -> None:
        """Make the file look as one with unread mail, or without, to programs that compare its times."""
        found = os.fstat(self.fd)
        new = found.st_atime_ns < found.st_mtime_ns
        if new == unread or self.read_only:
            return
        atime = found.st_mtime_ns - 1_000_000_000 if unread else max(found.st_mtime_ns, found.st_atime_ns)
        with contextlib.suppress(PermissionError):
            # Only the owner may; for others the mailbox looks as they left it.
            os.utime(self.fd, ns=(atime, found.st_mtime_ns))

    def close(self) -> None:
        """Give the descriptor back."""
        if self.fd >= 0:
            fd, self.fd = self.fd, -1
            os.close(fd)


def stamp_of(found: os.stat_result | None, size: int | None = None) -> bytes:
    """What a file looked like when `size` octets of it (None: all) were looked at; b"none" for no file."""
    if found is None:
        return b"none"
    return _STAMP.pack(found.st_dev, found.st_ino, found.st_size if size is None else size, found.st_mtime_ns)


def same_file(stamp: bytes, found: os.stat_result) -> int:
    """How much of this file had been looked at when the stamp was made; -1 when it was another file or none."""
    if len(stamp) != _STAMP.size:
        return -1
    device, inode, size, _ = _STAMP.unpack(stamp)
    return int(size) if (device, inode) == (found.st_dev, found.st_ino) and size <= found.st_size else -1
