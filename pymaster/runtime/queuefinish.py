"""queuefinish - the end of an attempt: expiry, delay warning, notifications, and the one commit that settles it all.

A notification is built by the bounce service and committed together with the marks it tells of: one per message and
recipient, whatever dies in between (I8). Until the bounce service has answered, the message stays active.
"""

from collections.abc import Callable, Sequence
from typing import Any

import gevent

from pymaster.model import event
from pymaster.model.envelope import Recipient
from pymaster.model.status import Status
from pymaster.model.stored import DEFERRED, FORCE_EXPIRE, WARNED, NewMessage, Settle, State
from pymaster.rules.schedule.retry import RetryRules
from pymaster.runtime.clients import BounceClient
from pymaster.runtime.queueactive import ActiveMessage
from pymaster.runtime.queuesettle import Committing, Settler
from pymaster.util import log
from pymaster.util.clock import Clock

FIRST_RETRY, MAX_RETRY = 0.2, 10.0
FAILURE, DELAY, SUCCESS, VERIFY = "failure", "delay", "success", "verify"


class Finisher:
    """Settles attempts. `ids` mints queue ids for notifications; `crashed`, when set, is told of a bug."""

    def __init__(
        self, rules: RetryRules, settler: Settler, bounces: BounceClient, ids: Committing, clock: Clock
    ) -> None:
        self._rules, self._settler, self._bounces, self._ids, self._clock = rules, settler, bounces, ids, clock
        self.crashed: Callable[[Exception], None] | None = None

    def part(self, message: ActiveMessage) -> None:
        """A delivery was reported, others are under way: commit what can be."""
        if message.sent or not (message.results or message.children):
            return  # a mark that waits for its notification keeps the children of its delivery waiting, too
        settle = Settle(message.queue_id, tuple(message.results), children=tuple(message.children))
        message.results, message.children = [], []
        self._settler.add(message, settle, False)

    def finish(self, message: ActiveMessage) -> None:
        """Every recipient of this attempt is reported."""
        if message.dropped:
            settle = Settle(message.queue_id, tuple(message.results), children=tuple(message.children))
            self._settler.add(message, settle, True)
        elif message.bounced or message.deferred or message.sent or message.traced:
            self._expire(message)
            gevent.spawn(self._notify, message).link_exception(self._failed)
        else:
            self._settler.add(message, Settle(message.queue_id, (), None, True, tuple(message.children)), True)

    def _failed(self, greenlet: Any) -> None:
        if self.crashed is not None:
            self.crashed(greenlet.exception)

    def _expire(self, message: ActiveMessage) -> None:
        """Was this the last attempt? Then what is deferred has failed."""
        flags = message.state.flags
        if message.deferred and self._rules.expired(message.envelope, flags, self._clock.now()):
            log.emit(event.Expired(message.queue_id, message.envelope.sender, bool(flags & FORCE_EXPIRE)).line())
            message.bounced.update(message.deferred)
            message.deferred = {}

    def _notify(self, message: ActiveMessage) -> None:
        """Ask for the notifications, then settle; in a greenlet of its own."""
        children = list(message.children)
        if message.bounced:
            children += self._build(FAILURE, message, list(message.bounced.items()))
        if message.sent:
            children += self._build(SUCCESS, message, list(message.sent.items()))
        if message.traced:
            children += self._build(VERIFY, message, list(message.traced.items()))
        flags = message.state.flags
        if message.deferred and self._rules.warns(message.envelope, flags, self._clock.now()):
            children += self._build(DELAY, message, list(message.deferred.items()))
            flags |= WARNED
        if message.deferred:
            self._settler.add(message, self._retry(message, flags, children), True)
        else:
            self._settler.add(message, Settle(message.queue_id, (), None, True, tuple(children)), True)

    def _retry(self, message: ActiveMessage, flags: int, children: list[NewMessage]) -> Settle:
        old, now = message.state, self._clock.now()
        due = self._rules.next_due(message.envelope.arrival, now)
        state = State(DEFERRED, due, old.attempts + 1, flags, old.version)
        return Settle(message.queue_id, message.marks(), state, False, tuple(children))

    def _build(self, kind: str, message: ActiveMessage, outcomes: Sequence[tuple[int, Status]]) -> list[NewMessage]:
        """Ask the bounce service until it answers; the ids of what it builds stay the same."""
        seed = f"{self._ids.mint()} {self._ids.mint()}"
        pairs: list[tuple[Recipient, Status]] = [(message.recipient(n), s) for n, s in outcomes]
        pause = FIRST_RETRY
        while True:
            report = self._bounces.build(kind, message.envelope, pairs, seed)
            if not report.failed:
                return list(report.children)
            if pause == MAX_RETRY:
                log.warning(f"{message.queue_id}: the bounce service does not answer; trying again")
            gevent.sleep(pause)
            pause = min(pause * 2, MAX_RETRY)
