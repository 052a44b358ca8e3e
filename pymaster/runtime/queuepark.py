"""queuepark - mail for a destination that has too much of the active queue waits aside, so that other mail gets in.

Once half of the active queue is used, no destination may have more than a fifth of it waiting: further mail for it only
leaves its queue id here, until there is room for it again. What does not fit even here is found by a later scan.
"""

from collections import deque
from collections.abc import Callable, Sequence

from pymaster.rules.schedule.parts import Destination
from pymaster.rules.schedule.scheduler import Routed, Scheduler

SHARE, MAX_PARKED = 5, 200_000


class Parking:
    """The ids that wait aside, by destination. `limit` is qmgr_message_active_limit."""

    def __init__(self, scheduler: Scheduler, limit: int) -> None:
        self._scheduler, self._limit = scheduler, limit
        self._ids: set[str] = set()
        self._lines: dict[tuple[str, str], tuple[Destination, deque[str]]] = {}

    def __contains__(self, queue_id: str) -> bool:
        return queue_id in self._ids

    def __len__(self) -> int:
        return len(self._ids)

    def takes(self, queue_id: str, routes: Sequence[Routed], active: int) -> bool:
        """Whether a message with these routes has to wait aside, now that `active` messages are active."""
        if 2 * active < self._limit or not routes:
            return False
        first = routes[0]
        if any(r.transport != first.transport or r.nexthop != first.nexthop for r in routes):
            return False
        destination = self._scheduler.find(first)
        if destination is None or destination.waiting * SHARE < self._limit:
            return False
        if len(self._ids) < MAX_PARKED:
            self._ids.add(queue_id)
            key = (first.transport, destination.key)
            self._lines.setdefault(key, (destination, deque()))[1].append(queue_id)
        return True

    def release(self, offer: Callable[[str], object]) -> None:
        """Offer mail of destinations that have room again."""
        for key, (destination, ids) in list(self._lines.items()):
            room = self._limit // SHARE - destination.waiting
            if 2 * room < self._limit // SHARE:
                continue
            for _ in range(min(room, len(ids))):
                queue_id = ids.popleft()
                self._ids.discard(queue_id)
                offer(queue_id)
            if not ids:
                del self._lines[key]
