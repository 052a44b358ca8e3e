"""queuewatch - the warning that one destination uses up the active queue, so that other mail has to wait."""

import time

from pymaster.rules.schedule.parts import Destination
from pymaster.runtime.queuedriver import QueueDriver
from pymaster.util import log

# The share of the active queue above which a destination is worth a warning: one part of this many.
SHARE = 5


class QueueWatch:
    """Looks at a driver's destinations from time to time. `interval` is qmgr_clog_warn_time in seconds, 0 for never."""

    def __init__(self, driver: QueueDriver, interval: float) -> None:
        self._driver, self._interval = driver, interval

    def look(self, now: float | None = None) -> None:
        """Warn of each crowded destination, once an interval; `now` is monotonic seconds."""
        limit = self._driver.parts.limits.active_messages
        if not self._interval or len(self._driver.active) * SHARE <= limit:
            return
        now = time.monotonic() if now is None else now
        for transport in self._driver.scheduler.transports.values():
            for destination in transport.destinations.values():
                used = destination.waiting + destination.busy
                if used * SHARE > limit and now >= destination.warned:
                    destination.warned = now + self._interval
                    self._warn(transport.name, destination, used)

    def _warn(self, transport: str, destination: Destination, used: int) -> None:
        log.warning(
            f"mail for {destination.key} is using up {used} of {len(self._driver.active)} active queue entries"
            f" (transport {transport})"
        )
