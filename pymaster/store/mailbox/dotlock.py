"""dotlock - a lock that is a file made with O_EXCL: what Dovecot, procmail and mutt understand on any file system.

The file says `pid:host`. One whose process is dead (or another one by now), and one that has not changed for two minutes
(Dovecot's rule for its uidlist) belong to nobody.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import time
from collections.abc import Iterator

import psutil

from pymaster.store.mailbox.contract import MailboxError

# Seconds: how old a lock without change may get, how long to wait for one, and between two looks; how old one may get
# that says nothing.
STALE, PATIENCE, PAUSE, SILENT = 120.0, 20.0, 0.01, 2.0


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
    begun = time.monotonic()
    while not _made(dir_fd, name):
        if _abandoned(dir_fd, name):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=dir_fd)
            continue
        if time.monotonic() - begun > PATIENCE:
            raise MailboxError("INUSE", "Mailbox is locked by another program")
        time.sleep(PAUSE)


def _made(dir_fd: int, name: str) -> bool:
    try:
        fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=dir_fd)
    except FileExistsError:
        return False
    try:
        os.write(fd, f"{os.getpid()}:{socket.gethostname()}".encode())
    finally:
        os.close(fd)
    return True


def _abandoned(dir_fd: int, name: str) -> bool:
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=dir_fd)
    except OSError:
        return False
    try:
        found, text = os.fstat(fd), os.read(fd, 300)
    finally:
        os.close(fd)
    age = time.time() - found.st_mtime
    pid, _, host = text.decode("ascii", "replace").strip(" \n").partition(":")
    if host == socket.gethostname() and re.fullmatch("[0-9]{1,9}", pid):
        return age > STALE or _ended(int(pid), found.st_mtime)
    return age > (STALE if text else SILENT)


def _ended(pid: int, since: float) -> bool:
    """Whether the process that made a lock at `since` is there no more; its number may be another's by now."""
    try:
        return bool(psutil.Process(pid).create_time() > since + 1.0)
    except psutil.Error:
        return not os.path.exists(f"/proc/{pid}")
