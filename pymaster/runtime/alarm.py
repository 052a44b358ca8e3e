"""alarm - a wakeup that is set far more often than it rings.

gevent's Timeout costs 6-8 us for each wait that ends before its time, which nearly all do. An alarm is armed again only
when it must ring earlier than it already will; one that rings too early is the caller's to ignore.
"""

import time
from collections.abc import Callable
from typing import Any

from gevent import get_hub


class Alarm:
    """Calls `ring` in the hub, once, at the latest when asked for. It may come too early, when an earlier wish was forgotten."""

    __slots__ = ("_at", "_ring", "_timer")

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._timer: Any = None
        self._at = 0.0

    def within(self, seconds: float) -> None:
        """Ring so many seconds from now, or earlier."""
        at = time.monotonic() + seconds
        if self._timer is not None:
            if self._at <= at:
                return
            self._timer.close()
        self._at = at
        self._timer = get_hub().loop.timer(max(seconds, 0.0))
        self._timer.start(self._fired)

    def _fired(self) -> None:
        self.close()
        self._ring()

    def close(self) -> None:
        """Ring no more, unless asked again."""
        if self._timer is not None:
            self._timer.close()
            self._timer = None
