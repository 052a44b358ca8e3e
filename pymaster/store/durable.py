"""durable - making many small files durable at the price of few.

fsync of sixteen files one after the other waits for as many device flushes. syncfs(2) waits for one, and reports write
errors since Linux 5.8; measured on ext4, batches of sixteen 5 KB files: 0.09-0.13 ms a file against 0.30-0.38. But it
also waits for everything else that is dirty in that file system, so a flush that took long makes us try fsync, with
writeback of all files begun before the first is waited for (0.20-0.34 ms), and keep to whichever is faster for a while.
"""

import ctypes
import os
from collections.abc import Callable, Sequence

from pymaster.util.clock import SYSTEM, Clock

# A syncfs slower than this (seconds) says that the file system is busy with other people's data.
SLOW = 0.060
# How long (seconds) a choice holds after that.
REST = 20.0
# From so many descriptors on syncfs is worth it.
MANY = 3


def _find_syncfs() -> Callable[[int], int] | None:
    release = os.uname().release.split(".")
    try:
        version = (int(release[0]), int("".join(c for c in release[1] if c in "0123456789") or "0"))
        function = ctypes.CDLL(None, use_errno=True).syncfs
    except (AttributeError, OSError, ValueError, IndexError):
        return None
    if os.uname().sysname != "Linux" or version < (5, 8):
        return None  # older kernels do not report lost data
    function.argtypes, function.restype = [ctypes.c_int], ctypes.c_int

    def call(fd: int) -> int:
        return ctypes.get_errno() if function(fd) else 0

    return call


_SYNCFS = _find_syncfs()


class Flusher:
    """Flushes descriptors; one per process."""

    __slots__ = ("_avoid_until", "_clock", "_slow", "_trust_until", "syncfs")

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self._clock = clock
        self._avoid_until = self._trust_until = self._slow = 0.0
        self.syncfs = _SYNCFS

    def flush(self, fds: Sequence[int]) -> None:
        """Return when data and names of all these files and directories are on stable storage; raises OSError."""
        devices = {os.fstat(fd).st_dev: fd for fd in fds} if len(fds) >= MANY and self.syncfs else {}
        if not devices or len(devices) * MANY > len(fds):
            _fsync(fds)
            return
        begun = self._clock.monotonic()
        if begun >= self._avoid_until:
            self._flush_devices(list(devices.values()))
            ended = self._clock.monotonic()
            if ended - begun > SLOW and ended >= self._trust_until:
                self._avoid_until, self._slow = ended + REST, ended - begun
            return
        _fsync(fds)
        ended = self._clock.monotonic()
        if self._slow and ended - begun >= self._slow:
            # The whole disk is slow: one wait is better than many after all.
            self._avoid_until, self._trust_until, self._slow = 0.0, ended + REST, 0.0

    def _flush_devices(self, fds: list[int]) -> None:
        assert self.syncfs is not None
        for fd in fds:
            failed = self.syncfs(fd)
            if failed:
                raise OSError(failed, os.strerror(failed))


def _fsync(fds: Sequence[int]) -> None:
    if len(fds) > 1:
        for fd in fds:
            # Begins writeback without waiting; the pages are dirty and therefore stay.
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    for fd in fds:
        os.fsync(fd)
