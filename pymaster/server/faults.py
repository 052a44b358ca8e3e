"""faults - unexpected exceptions of sessions: logged with their traceback, counted; too many end the process.

One bad session costs only itself. A process that fails again and again is more likely ill than unlucky, and master has
a fresh one within milliseconds.
"""

import errno
import traceback
from collections import deque

from pymaster.util import log
from pymaster.util.clock import SYSTEM, Clock

LIMIT, WINDOW = 5, 60.0


class Faults:
    """Counts the unexpected exceptions of one process."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self._clock = clock
        self._times: deque[float] = deque(maxlen=LIMIT)
        self._said_full = -WINDOW

    def record(self, exc: BaseException, where: str, number: int = 0) -> bool:
        """Log `exc`; True when the process should end."""
        if isinstance(exc, OSError) and exc.errno in (errno.EMFILE, errno.ENFILE):
            # Not ill but full: those who are here finish, and then there is room again.
            self._full(exc, where)
            return False
        for line in "".join(traceback.format_exception(exc)).rstrip("\n").split("\n"):
            log.warning(f"{where}: {line}", number)
        now = self._clock.monotonic()
        self._times.append(now)
        return len(self._times) == LIMIT and now - self._times[0] <= WINDOW

    def _full(self, exc: OSError, where: str) -> None:
        now = self._clock.monotonic()
        if now - self._said_full >= WINDOW:
            self._said_full = now
            log.warning(f"{where}: {exc.strerror}")
