"""admission - which messages become active: a bounded number, new mail and retried mail in turn (qmgr(8), a leaky bucket).

What waits for a place is only remembered up to a bound; the queue itself holds the rest, and a scan finds it again.
"""

from collections import deque

from pymaster.model.envelope import Envelope


class Admission:
    """The two lines in front of the active queue."""

    def __init__(self, messages: int = 20000, recipients: int = 20000) -> None:
        """At most so many active messages, and recipients in memory (one message always fits)."""
        self.messages, self.recipients = messages, recipients
        self._fresh: deque[tuple[str, Envelope | None]] = deque()
        self._retried: deque[str] = deque()
        self._known: set[str] = set()
        self._turn = False

    def __contains__(self, queue_id: str) -> bool:
        return queue_id in self._known

    def __len__(self) -> int:
        return len(self._known)

    @property
    def full(self) -> bool:
        """Whether a scan had better stop: enough waits already."""
        return len(self._known) >= self.messages

    def fresh(self, queue_id: str, envelope: Envelope | None) -> bool:
        """A message that has just arrived; False when it is known already or there is no room for it."""
        if queue_id in self._known or len(self._known) >= 2 * self.messages:
            return False
        self._known.add(queue_id)
        # Envelopes of a long line would fill memory; the queue has them.
        self._fresh.append((queue_id, envelope if len(self._fresh) < 1000 else None))
        return True

    def retried(self, queue_id: str) -> bool:
        """A message found by a scan; False as above."""
        if queue_id in self._known or len(self._known) >= 2 * self.messages:
            return False
        self._known.add(queue_id)
        self._retried.append(queue_id)
        return True

    def take(self, active: int, recipients: int) -> tuple[str, Envelope | None] | None:
        """The next message to make active, when `active` messages with `recipients` recipients are; None: not now."""
        if active >= self.messages or (active and recipients >= self.recipients):
            return None
        self._turn = not self._turn
        if self._fresh and (self._turn or not self._retried):
            found = self._fresh.popleft()
        elif self._retried:
            found = (self._retried.popleft(), None)
        else:
            return None
        self._known.discard(found[0])
        return found
