"""mboxlock - the locks that programs sharing an mbox agree on: NAME.lock, fcntl and flock, in the order configured.

Debian's convention is fcntl, then the lock file; mailbox_delivery_lock says which. A lock file older than
stale_lock_time belongs to a dead program and is removed, and at once if it names a process of this machine that is gone.
Trying again is the caller's patience: `attempts` with `delay` seconds between them. Sources: postconf(5), lockfile(1), mutt_dotlock(1).
"""

import errno
import fcntl
import os
import re
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pymaster.store import privileged

# struct flock: type, whence, start, length (0: all), pid (0 for open-file-description locks).
_FLOCK = struct.Struct("hhqqi4x")
_HOST = os.uname().nodename.encode("utf-8", "surrogateescape")
_HOLDER = re.compile(rb"([1-9][0-9]{0,8}):([^\n]+)\n?")
METHODS = ("fcntl", "flock", "dotlock")


@dataclass(slots=True, frozen=True)
class Locking:
    """How to lock. `delay` and `stale` are seconds; `optional_dotlock`: do without when the folder is not writable."""

    methods: tuple[str, ...] = ("fcntl", "dotlock")
    attempts: int = 20
    delay: float = 1.0
    stale: float = 500.0
    optional_dotlock: bool = False
    sleep: Callable[[float], None] = field(default=time.sleep, compare=False)


class LockBusy(Exception):
    """Somebody else holds the mailbox for longer than we wait."""


class LockFailed(Exception):
    """The lock file cannot be made; the text says why."""


def take(fd: int, dir_fd: int, name: str, locking: Locking) -> Callable[[], None]:
    """Lock the file open as `fd`, called `name` in `dir_fd`; what undoes it. Raises LockBusy or LockFailed.

    A method that does not succeed frees those before it and all are tried again: two programs with another order do not
    wait for each other for ever. Locks of the kernel end with the descriptor.
    """
    for attempt in range(max(locking.attempts, 1)):
        if attempt:
            locking.sleep(locking.delay)
        held: list[Callable[[], None]] = []
        for method in locking.methods:
            undo = _TAKE[method](fd, dir_fd, name, locking)
            if undo is None:
                break
            held.append(undo)
        else:
            return lambda: _undo(held)
        _undo(held)
    raise LockBusy("unable to lock for exclusive access: Resource temporarily unavailable")


def _undo(held: list[Callable[[], None]]) -> None:
    for undo in reversed(held):
        undo()


_Undo = Callable[[], None]


def _fcntl(fd: int, dir_fd: int, name: str, locking: Locking) -> _Undo | None:
    # An open-file-description lock: for other programs the same as lockf's, but not lost when another thread closes the
    # same mailbox. A file that may only be read gets a lock for reading.
    reading = fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
    try:
        _set_lock(fd, fcntl.F_RDLCK if reading else fcntl.F_WRLCK)
    except (BlockingIOError, PermissionError):
        return None
    return lambda: _set_lock(fd, fcntl.F_UNLCK)


def _set_lock(fd: int, kind: int) -> None:
    fcntl.fcntl(fd, fcntl.F_OFD_SETLK, _FLOCK.pack(kind, os.SEEK_SET, 0, 0, 0))


def _flock(fd: int, dir_fd: int, name: str, locking: Locking) -> _Undo | None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    return lambda: fcntl.flock(fd, fcntl.LOCK_UN)


def _dotlock(fd: int, dir_fd: int, name: str, locking: Locking) -> _Undo | None:
    lock = f"{name}.lock"
    try:
        with privileged.spool():
            identity = _make(dir_fd, lock)
            if identity is None and _break_stale(dir_fd, lock, locking):
                identity = _make(dir_fd, lock)
    except OSError as error:
        if locking.optional_dotlock and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return _nothing
        raise LockFailed(f"unable to create lock file {lock}: {error.strerror}") from error
    return None if identity is None else lambda: _release(dir_fd, lock, identity)


def _release(dir_fd: int, lock: str, identity: int) -> None:
    with privileged.spool():
        _remove(dir_fd, lock, identity)


def _make(dir_fd: int, lock: str) -> int | None:
    """Make the lock file; its inode, None when somebody has it. Raises OSError.

    It gets its name when it says already whose it is: one who is killed in between leaves nothing behind.
    """
    try:
        made = os.open(".", os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, 0o444, dir_fd=dir_fd)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        return _make_named(dir_fd, lock)
    try:
        _sign(made)
        os.link(f"/proc/self/fd/{made}", lock, dst_dir_fd=dir_fd)
        return os.fstat(made).st_ino
    except FileExistsError:
        return None
    except FileNotFoundError:
        return _make_named(dir_fd, lock)  # no /proc here
    finally:
        os.close(made)


def _make_named(dir_fd: int, lock: str) -> int | None:
    """The same where a file must have a name from the beginning."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        made = os.open(lock, flags, 0o444, dir_fd=dir_fd)
    except FileExistsError:
        return None
    try:
        _sign(made)
        return os.fstat(made).st_ino
    finally:
        os.close(made)


def _sign(made: int) -> None:
    # As Dovecot writes it, and as liblockfile can read it: so that a lock of a killed process holds nobody up.
    os.write(made, b"%d:%s" % (os.getpid(), _HOST))


def _nothing() -> None:
    """Undo a lock that was done without."""


def _break_stale(dir_fd: int, lock: str, locking: Locking) -> bool:
    """Remove a lock file that nobody holds any more; whether there is none now."""
    try:
        found = os.stat(lock, dir_fd=dir_fd, follow_symlinks=False)
    except FileNotFoundError:
        return True
    if time.time() - max(found.st_mtime, found.st_ctime) > locking.stale or _is_dead(_holder(dir_fd, lock)):
        _remove(dir_fd, lock, found.st_ino)
        return True
    return False


def _holder(dir_fd: int, lock: str) -> bytes:
    """What the lock file says."""
    try:
        fd = os.open(lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=dir_fd)
    except OSError:
        return b""
    try:
        return os.read(fd, 300)
    except OSError:
        return b""
    finally:
        os.close(fd)


def _is_dead(holder: bytes) -> bool:
    """Whether a process of this machine wrote the lock file and is no more. Other programs' files hold no name, mostly."""
    found = _HOLDER.fullmatch(holder)
    if not found or found[2] != _HOST:
        return False
    try:
        os.kill(int(found[1]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _remove(dir_fd: int, lock: str, identity: int) -> None:
    """Remove the lock file if it still is the one meant: one that was broken and taken by another stays."""
    try:
        if os.stat(lock, dir_fd=dir_fd, follow_symlinks=False).st_ino == identity:
            os.unlink(lock, dir_fd=dir_fd)
    except FileNotFoundError:
        return


_TAKE: dict[str, Callable[[int, int, str, Locking], _Undo | None]] = {
    "fcntl": _fcntl,
    "flock": _flock,
    "dotlock": _dotlock,
}


def methods(words: list[str]) -> tuple[str, ...]:
    """The methods of mailbox_delivery_lock; raises ValueError naming an unknown one."""
    for word in words:
        if word not in METHODS:
            raise ValueError(word)
    return tuple(words)
