"""takeover - one queue manager lets the next one in: it finishes what its agents have before the other one claims.

The right to settle is the epoch in the store, not this lock (a claim refuses whoever came before). The lock only makes
a change of the guard polite: without it, what is under way at a reload would be delivered twice. A process that died
gives it up at once.
"""

import contextlib
import fcntl
import os

import gevent

from pymaster.util.clock import SYSTEM, Clock

# Seconds that the successor waits; its predecessor is done a little earlier.
PATIENCE, MARGIN = 10.0, 1.0
_PAUSE = 0.02


class Takeover:
    """The lock of one queue; `path` is a file that stays."""

    def __init__(self, path: str, clock: Clock = SYSTEM) -> None:
        self._clock = clock
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def wait(self, patience: float = PATIENCE) -> bool:
        """Wait for the predecessor to finish, at most `patience` seconds; whether it did."""
        deadline = self._clock.monotonic() + patience
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            if self._clock.monotonic() >= deadline:
                return False
            gevent.sleep(_PAUSE)

    def release(self) -> None:
        """Let the successor in."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
