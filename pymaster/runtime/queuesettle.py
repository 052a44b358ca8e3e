"""queuesettle - the queue manager's outcomes on their way into the store, in batches.

One batch is under way at a time; whatever comes meanwhile is the next, and a batch waits GATHER for more: nobody waits
for a removal, while each commit keeps the receivers from the disk and from LMDB's one writer lock (docs/adr/0005).
What brings new mail along (a notification, forwarding) goes at once. GATHER is how much longer a delivery may be
repeated after a kill, where it can be repeated at all (W2, W3, W4).

A batch that finds the disk full, or of which nobody knows what became, is tried again with the same contents: settling
is idempotent.
"""

from collections.abc import Callable
from typing import Any, Protocol

import gevent
import gevent.event

from pymaster.model.stored import Settle
from pymaster.runtime.alarm import Alarm
from pymaster.runtime.queueactive import ActiveMessage
from pymaster.store.contract import DURABLE, GONE, LEASE_LOST, Apply, Grant, Outcome, QueueFull, StoreUnavailable
from pymaster.util import log
from pymaster.util.errors import Fatal

MAX_BATCH = 128
# Seconds.
GATHER = 0.005
FIRST_RETRY, MAX_RETRY = 0.1, 10.0


class Committing(Protocol):
    """The part of `runtime.committer.Committer` that is used here."""

    def mint(self) -> str:
        """A fresh queue id."""

    def apply(self, ops: list[Apply]) -> list[Outcome]:
        """Commit; blocks only the calling greenlet. Raises QueueFull."""

    def chore(self, work: Callable[[], object]) -> None:
        """Long work with the store, off the hub; nobody waits for it."""


# (message, what was settled, whether that ended its attempt, whether it still exists)
Settled = Callable[[ActiveMessage, Settle, bool, bool], None]


class Settler:
    """Commits what it is given, in order, and tells when it is durable."""

    def __init__(
        self, committer: Committing, grant: Grant, settled: Settled, fatal: Callable[[Exception], None]
    ) -> None:
        self._committer, self._grant, self._settled, self._fatal = committer, grant, settled, fatal
        self._waiting: list[tuple[ActiveMessage, Settle, bool]] = []
        self._event = gevent.event.Event()
        self._alarm = Alarm(self._event.set)
        self._busy = False
        self._greenlet = gevent.spawn(self._run)
        self._greenlet.link_exception(self._failed)

    def _failed(self, greenlet: Any) -> None:
        self._fatal(greenlet.exception)

    def add(self, message: ActiveMessage, settle: Settle, last: bool) -> None:
        """Commit this soon; `last` when it ends the message's attempt."""
        self._waiting.append((message, settle, last))
        if settle.children or len(self._waiting) >= MAX_BATCH:
            self._event.set()
        elif len(self._waiting) == 1 and not self._busy:
            self._alarm.within(GATHER)

    def flush(self) -> None:
        """Gather no longer."""
        if self._waiting:
            self._event.set()

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return not self._waiting and not self._busy

    def _run(self) -> None:
        while True:
            self._event.wait()
            self._event.clear()
            self._alarm.close()
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            self._busy = True
            self._commit(batch)
            self._busy = False
            if len(self._waiting) >= MAX_BATCH:
                self._event.set()
            elif self._waiting:
                self._alarm.within(GATHER)

    def _commit(self, batch: list[tuple[ActiveMessage, Settle, bool]]) -> None:
        pause = FIRST_RETRY
        while batch:
            try:
                outcomes = self._committer.apply([Apply(self._grant, settle) for _, settle, _ in batch])
            except (QueueFull, StoreUnavailable) as exc:
                log.warning(f"cannot commit outcomes of {len(batch)} messages now: {exc}")
                outcomes = []
            batch = [item for item, outcome in self._pairs(batch, outcomes) if not self._take(*item, outcome)]
            if batch:
                gevent.sleep(pause)
                pause = min(pause * 2, MAX_RETRY)

    @staticmethod
    def _pairs(
        batch: list[tuple[ActiveMessage, Settle, bool]], outcomes: list[Outcome]
    ) -> list[tuple[tuple[ActiveMessage, Settle, bool], Outcome | None]]:
        return [(item, outcomes[n] if outcomes else None) for n, item in enumerate(batch)]

    def _take(self, message: ActiveMessage, settle: Settle, last: bool, outcome: Outcome | None) -> bool:
        """Whether this item is done with."""
        if outcome is None:
            return False
        if outcome.result == LEASE_LOST:
            raise Fatal("another queue manager has taken over this queue")
        if outcome.result in (DURABLE, GONE):
            self._settled(message, settle, last, outcome.result == DURABLE)
            return True
        log.warning(f"{settle.queue_id}: outcome not committed: {outcome.result} {outcome.reason}")
        return False

    def close(self) -> None:
        """Stop; what is not committed will be delivered again."""
        self._alarm.close()
        self._greenlet.kill(block=False)
