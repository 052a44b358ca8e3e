"""lock - one master per queue and per data directory, and the pid file where Postfix has it.

Three exclusive locks that live as long as the process: the queue directory itself (so that a symlink, a bind mount or
another configuration directory leads to the same lock), pid/master.pid in it, and master.lock in the data directory.
"""

import fcntl
import os

from pymaster.util.errors import Fatal

PID_FILE = "pid/master.pid"
LOCK_FILE = "master.lock"


def acquire(queue_directory: str, data_directory: str) -> list[int]:
    """Take the locks and write the pid; returns the descriptors to keep. Raises Fatal with the holder's pid."""
    pid_path = os.path.join(queue_directory, PID_FILE)
    lock_path = os.path.join(data_directory, LOCK_FILE)
    fds: list[int] = []
    try:
        fds.append(_lock(queue_directory, os.O_RDONLY | os.O_DIRECTORY, pid_path))
        fds.append(_lock(pid_path, os.O_RDWR | os.O_CREAT, pid_path))
        fds.append(_lock(lock_path, os.O_RDWR | os.O_CREAT, lock_path))
    except BaseException:
        for fd in fds:
            os.close(fd)
        raise
    for fd in fds[1:]:
        os.ftruncate(fd, 0)
        os.pwrite(fd, b"%21d\n" % os.getpid(), 0)
    return fds


def _lock(path: str, flags: int, pid_path: str) -> int:
    try:
        fd = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW if flags & os.O_CREAT else flags | os.O_CLOEXEC, 0o644)
    except OSError as exc:
        raise Fatal(f"open lock file {path}: {exc.strerror}") from exc
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        os.close(fd)
        raise Fatal(
            f"open lock file {path}: unable to set exclusive lock: process {read_pid(pid_path)} holds it"
        ) from exc
    return fd


def read_pid(path: str) -> int:
    """The pid in a pid file; 0 if there is none."""
    try:
        with open(path, "rb") as file:
            text = file.read(64).strip(b" \n")
    except OSError:
        return 0
    return int(text) if text.isdigit() and len(text) < 10 else 0


def holder(queue_directory: str) -> int:
    """The pid of the master that runs on this queue; 0 if none does."""
    path = os.path.join(queue_directory, PID_FILE)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return 0
    except OSError:
        return read_pid(path) or -1
    finally:
        os.close(fd)
