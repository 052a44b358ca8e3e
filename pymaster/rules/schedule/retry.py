"""retry - when mail that could not be delivered is tried again, when its sender is warned, when it is given up.

Times are wall seconds: they rest on disk. Sources: qmgr(8), postconf(5) minimal_backoff_time, maximal_backoff_time,
maximal_queue_lifetime, bounce_queue_lifetime, delay_warning_time.
"""

from dataclasses import dataclass

from pymaster.config.params.qmgr import QmgrParams
from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import Envelope
from pymaster.model.stored import FORCE_EXPIRE, WARNED


@dataclass(slots=True, frozen=True)
class RetryRules:
    """The times of one configuration, in seconds; `warning` 0 is never, `lifetime` 0 a single attempt."""

    minimum: float = 300.0
    maximum: float = 4000.0
    lifetime: float = 432000.0
    bounce_lifetime: float = 432000.0
    warning: float = 0.0

    def next_due(self, arrival: float, now: float) -> float:
        """When to try again: the message's age from now, within bounds, so the pauses double."""
        return now + min(max(now - arrival, self.minimum), self.maximum)

    def clamp(self, due: float, now: float) -> float:
        """A due time from disk: never further away than the longest pause, whatever was done to the clock."""
        return min(due, now + self.maximum)

    def expired(self, envelope: Envelope, flags: int, now: float) -> bool:
        """Whether an attempt that ends now was the last one; `flags` are State.flags."""
        if flags & FORCE_EXPIRE:
            return True
        lifetime = self.lifetime if envelope.sender else self.bounce_lifetime
        return now >= envelope.arrival + lifetime

    def warns(self, envelope: Envelope, flags: int, now: float) -> bool:
        """Whether the sender is to be told now that mail is delayed: once, and never for mail from the null sender."""
        if not self.warning or not envelope.sender or flags & WARNED:
            return False
        return now >= envelope.arrival + self.warning


def read(snapshot: Snapshot) -> RetryRules:
    """The rules of a configuration."""
    qmgr = snapshot[QmgrParams]
    return RetryRules(
        qmgr.minimal_backoff_time,
        max(qmgr.minimal_backoff_time, qmgr.maximal_backoff_time),
        qmgr.maximal_queue_lifetime,
        qmgr.bounce_queue_lifetime,
        qmgr.delay_warning_time,
    )
