"""dotlock - a lock that is a file made with O_EXCL: what Dovecot, procmail and mutt understand on any file system.

One that has not changed for two minutes belongs to nobody (Dovecot's rule for its uidlist); whoever holds one longer
touches it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator

from pymaster.store.mailbox.contract import MailboxError

# Seconds: how old a lock without change may get, how long to wait for one, and between two looks.
STALE, PATIENCE, PAUSE = 120.0, 20.0, 0.01


@contextlib.contextmanager
def dotlock(dir_fd: int, name: str) -> Iterator[None]:
    """Hold `name`, relative to a folder. Raises OSError, MailboxError INUSE when somebody else keeps it."""
    _take(dir_fd, name)
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=dir_fd)


def _take(dir_fd: int, name: str) -> None:
    seen, since = (0, 0), time.monotonic()
    begun = since
    while True:
        try:
            fd = os.open(
                name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=dir_fd
            )
        except FileExistsError:
            now = time.monotonic()
            mark = _mark(dir_fd, name)
            if mark != seen:
                seen, since = mark, now
            age = time.time() - mark[1] / 1e9
            if mark != (0, 0) and age > STALE and now - since >= 10 * PAUSE:
                # Old by its own time, and nobody has touched it while we looked.
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=dir_fd)
                continue
            if now - begun > PATIENCE:
                raise MailboxError("INUSE", "Mailbox is locked by another program") from None
            time.sleep(PAUSE)
            continue
        try:
            os.write(fd, f"{os.getpid()}:{socket.gethostname()}".encode())
        finally:
            os.close(fd)
        return


def _mark(dir_fd: int, name: str) -> tuple[int, int]:
    try:
        found = os.stat(name, dir_fd=dir_fd, follow_symlinks=False)
    except FileNotFoundError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns
