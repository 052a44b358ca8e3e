"""queuedriver - the queue manager at work: takes mail up, hands it to agents, settles what they report.

The decisions are `rules.schedule`'s; this is what connects it with the store, the agents and the clock. One greenlet
(the pump) owns all state; reports change it from the agents' readers, which never wait. What is lost with this process
is delivered again by the next one: nothing is marked before it is committed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gevent
import gevent.event

from pymaster.model import event
from pymaster.model.envelope import VERIFY_ONLY, Envelope
from pymaster.model.messages import DeliveryReport
from pymaster.model.status import Status, deferred, sent
from pymaster.model.stored import FORCE_EXPIRE, HOLD, Settle, Stored
from pymaster.rules.destinations import RETRY, SINK_REASON, Destinations, Plan
from pymaster.rules.schedule.admission import Admission
from pymaster.rules.schedule.limits import Limits
from pymaster.rules.schedule.parts import Entry
from pymaster.rules.schedule.retry import RetryRules
from pymaster.rules.schedule.scheduler import BLOCKED, LOST, REACHED, Routed, Scheduler
from pymaster.runtime.agentpool import AgentPool, PoolEvents
from pymaster.runtime.alarm import Alarm
from pymaster.runtime.clients import BounceClient, agents
from pymaster.runtime.queueactive import ActiveMessage
from pymaster.runtime.queuefinish import Finisher
from pymaster.runtime.queueintake import Intake
from pymaster.runtime.queuepark import Parking
from pymaster.runtime.queuesettle import Committing, Settler
from pymaster.store.contract import CorruptRow, QueueStore
from pymaster.util import log
from pymaster.util.clock import SYSTEM, Clock

# Work of one kind that the pump does before it gives others a turn.
BATCH = 100
# Agents that may die with one delivery before it is deferred like any other failure.
MAX_LOST = 3
EXPIRED_NOW = "4.7.0 message is administratively expired"
NO_TRANSPORT = "4.3.0 mail transport unavailable"
AGENT_DIES = "4.3.0 unknown mail transport error"
MISSING = ("No such file or directory", "Connection refused")


@dataclass(slots=True)
class QueueParts:
    """What a queue manager is made of. `delimiters` is recipient_delimiter, `retry_time` transport_retry_time."""

    store: QueueStore
    committer: Committing
    destinations: Destinations
    limits: Limits
    rules: RetryRules
    delimiters: str = ""
    retry_time: float = 60.0


class QueueDriver:
    """The queue manager of one queue. `start` claims it; `stopped` is called with the reason when it must end."""

    def __init__(
        self,
        parts: QueueParts,
        *,
        clock: Clock = SYSTEM,
        pools: Callable[[str, PoolEvents], AgentPool] = agents,
        bounces: BounceClient | None = None,
    ) -> None:
        self.parts, self.store, self.clock = parts, parts.store, clock
        limits = parts.limits
        self.scheduler = Scheduler(limits, parts.delimiters)
        self.active: dict[str, ActiveMessage] = {}
        self.recipients = 0
        self.stopped: Callable[[Exception], None] = self._no_one_listens
        admission = Admission(limits.active_messages, limits.active_recipients)
        self.intake = Intake(parts.store, admission, parts.rules, clock, self._has)
        self.parking = Parking(self.scheduler, limits.active_messages)
        self._bounces = bounces or BounceClient()
        self._events = PoolEvents(self._reported, self._lost, self._capacity, self._down, self._crashed)
        self._make_pool = pools
        self._pools: dict[str, AgentPool] = {}
        self._unavailable: dict[str, float] = {}
        self._wake = gevent.event.Event()
        self._alarm = Alarm(self._wake.set)
        self._pump: Any = None
        self._settler: Any = None
        self._draining = False

    @staticmethod
    def _no_one_listens(exc: Exception) -> None:
        raise exc

    def start(self, node: str = "local") -> None:
        """Become the owner of the queue's delivery state, put its house in order, begin to deliver."""
        grant = self.store.claim(node)
        self.collect()
        self._settler = Settler(self.parts.committer, grant, self._settled, self._crashed)
        self._finisher = Finisher(self.parts.rules, self._settler, self._bounces, self.parts.committer, self.clock)
        self._finisher.crashed = self._crashed
        self._pump = gevent.spawn(self._run)
        self._pump.link_exception(self._pump_ended)

    def _pump_ended(self, greenlet: Any) -> None:
        self._crashed(greenlet.exception)

    def _crashed(self, exc: Exception) -> None:
        """State that a bug went through is not to be trusted: a new process begins from the queue."""
        self.stopped(exc)

    def drain(self) -> None:
        """Hand out nothing more."""
        self._draining = True
        self._wake.set()

    def finish(self, seconds: float) -> bool:
        """Wait until what agents have is reported and settled, at most so many seconds; whether it is."""
        self.drain()
        deadline = self.clock.monotonic() + seconds
        while self._pump is not None and not self._quiet():
            if self.clock.monotonic() >= deadline:
                return False
            gevent.sleep(0.01)
        return True

    def _quiet(self) -> bool:
        return bool(self._settler.idle) and not any(t.busy for t in self.scheduler.transports.values())

    def stop(self) -> None:
        """End; what is under way is delivered again by the next queue manager, unless it was reported."""
        if self._pump is not None:
            self._alarm.close()
            self._pump.kill(block=False)
            self._settler.close()
        for pool in self._pools.values():
            pool.close()
        self._bounces.close()

    def collect(self) -> None:
        """Drop what killed processes left behind; a big queue takes a while, so not on the hub."""
        self.parts.committer.chore(lambda: self.store.collect(self.clock.now()))

    # The pump.

    def _has(self, queue_id: str) -> bool:
        return queue_id in self.active or queue_id in self.parking

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    def _run(self) -> None:
        while not self._draining:
            self._wake.clear()
            if self.intake.wait() <= 0:
                self.intake.scan()
            if self._turn():
                gevent.sleep(0)
                continue
            pause = min(self.intake.wait(), self.scheduler.wake_at() - self.clock.monotonic(), 60.0)
            if pause > 0:
                self._alarm.within(pause)
                self._wake.wait()

    def _turn(self) -> bool:
        """One round; whether there was enough to do that another should follow."""
        taken = 0
        while taken < BATCH:
            found = self.intake.take(len(self.active), self.recipients)
            if found is None:
                break
            taken += 1
            self._activate(found)
        entries = self.scheduler.next(self.clock.monotonic(), BATCH)
        now = self.clock.now()
        for entry in entries:
            self._dispatch(entry, now)
        for name in self.scheduler.wanting():
            self._pool(name).grow()
        suspended = self.scheduler.take_suspended(BATCH)
        for entry in suspended:
            self._suspended(entry)
        if self.parking:
            self.parking.release(self.intake.offer)
        return taken == BATCH or len(entries) == BATCH or bool(suspended)

    def _activate(self, found: Stored | Envelope) -> None:
        """Take a message up: resolve and schedule its recipients."""
        now = self.clock.now()
        if isinstance(found, Envelope):
            message = ActiveMessage(found, None, list(range(len(found.recipients))), now)
        else:
            message = ActiveMessage(found.envelope, found.state, found.remaining(), now)
        envelope, todo = message.envelope, message.todo
        if message.state.flags & FORCE_EXPIRE:
            plan = Plan([Routed(n, RETRY, EXPIRED_NOW, envelope.recipients[n].address) for n in todo])
        else:
            plan = self.parts.destinations.plan(envelope, todo, flushing=self.intake.flushing)
            message.routed(plan.routes)
        if self._unavailable:
            for route in plan.routes:
                self._avoid(route)
        if not plan.sink and self.parking.takes(envelope.queue_id, plan.routes, len(self.active)):
            return
        self.active[envelope.queue_id] = message
        self.recipients += len(todo)
        log.emit(event.Active(envelope.queue_id, envelope.sender, envelope.size, len(envelope.recipients)).line())
        if plan.sink:
            self._conclude(message, plan.sink, sent(SINK_REASON))
        self._schedule(message, plan.routes)

    def _avoid(self, route: Routed) -> None:
        """A transport without agents: its mail is deferred, until it is time to ask for agents again."""
        until = self._unavailable.get(route.transport, 0.0)
        if until > self.clock.monotonic():
            route.transport, route.nexthop = RETRY, NO_TRANSPORT

    def _schedule(self, message: ActiveMessage, routes: Sequence[Routed]) -> None:
        message.entries.update(self.scheduler.add(message, routes, self.clock.monotonic()))
        if not message.entries:
            self._finisher.finish(message)

    def _dispatch(self, entry: Entry, now: float) -> None:
        message: ActiveMessage = entry.message
        if not self._pool(entry.transport).send(entry, message.request(entry, now)):
            # The agent left between the scheduler's count and now.
            self.scheduler.report(entry, LOST, self.clock.monotonic())
            entry.lost -= 1

    def _pool(self, name: str) -> AgentPool:
        pool = self._pools.get(name)
        if pool is None:
            pool = self._pools[name] = self._make_pool(name, self._events)
        return pool

    # What comes back.

    def _reported(self, entry: Entry, report: DeliveryReport) -> None:
        """An agent's answer."""
        message: ActiveMessage = entry.message
        if len(report.statuses) != len(entry.indexes):
            log.warning(f"{message.queue_id}: transport {entry.transport} reported {len(report.statuses)} outcomes")
            self._lost(entry)
            return
        outcome = REACHED if report.blocked is None else BLOCKED
        self.scheduler.report(entry, outcome, self.clock.monotonic(), report.blocked)
        message.take(entry.indexes, report.statuses, report.children)
        self._gone(message, entry)
        self._wake.set()

    def _gone(self, message: ActiveMessage, entry: Entry) -> None:
        """An entry is reported: the attempt may be at its end."""
        message.entries.discard(entry)
        if message.entries:
            self._finisher.part(message)
        else:
            self._finisher.finish(message)

    def _lost(self, entry: Entry) -> None:
        """The agent is gone: nobody knows what became of the delivery, so it is made again."""
        self.scheduler.report(entry, LOST, self.clock.monotonic())
        if entry.lost >= MAX_LOST and self.scheduler.withdraw(entry):
            self._divert(entry, AGENT_DIES)
        elif entry.message.dropped and self.scheduler.withdraw(entry):
            self._gone(entry.message, entry)
        self._wake.set()

    def _suspended(self, entry: Entry) -> None:
        """The destination is dead: the mail is deferred without being tried."""
        status = entry.reason
        if isinstance(status, Status):
            self._divert(entry, f"{status.dsn} delivery temporarily suspended: {status.reason}")
        else:
            self._divert(entry, "4.3.0 delivery temporarily suspended")

    def _divert(self, entry: Entry, reason: str) -> None:
        """Send an entry to the retry service instead; `reason` begins with an enhanced status code."""
        message: ActiveMessage = entry.message
        message.entries.discard(entry)
        if entry.transport == RETRY:
            # The very service that defers mail is missing: do and say it here.
            dsn, _, text = reason.partition(" ")
            self._conclude(message, entry.indexes, deferred(text, dsn))
            if not message.entries:
                self._finisher.finish(message)
            return
        routes = [Routed(n, RETRY, reason, message.recipient(n).address) for n in entry.indexes]
        self._schedule(message, routes)

    def _conclude(self, message: ActiveMessage, indexes: list[int], status: Status) -> None:
        """Give recipients an outcome here, and log it as an agent would."""
        now = self.clock.now()
        probe = bool(message.envelope.flags & VERIFY_ONLY)
        delays = (max(0.0, message.since - message.envelope.arrival), max(0.0, now - message.since), 0.0, 0.0)
        for n in indexes:
            to = message.recipient(n)
            log.emit(event.Delivered(message.queue_id, to.address, to.orig_to, status, delays, probe=probe).line())
        message.take(indexes, (status,) * len(indexes))

    def _capacity(self, name: str, count: int) -> None:
        self.scheduler.capacity(name, count)
        if count:
            self._unavailable.pop(name, None)
        self._wake.set()

    def _down(self, name: str, seconds: float, reason: str) -> None:
        """No agent of a transport answers since `seconds`."""
        if seconds < (2.0 if reason in MISSING else self.parts.retry_time):
            return
        mono = self.clock.monotonic()
        if self._unavailable.get(name, 0.0) <= mono:
            log.warning(f"connect to transport private/{name}: {reason}")
            self._unavailable[name] = mono + self.parts.retry_time
        for entry in self.scheduler.withdraw_all(name):
            self._divert(entry, NO_TRANSPORT)
        self._wake.set()

    def _settled(self, message: ActiveMessage, settle: Settle, last: bool, exists: bool) -> None:
        """Outcomes are durable (or the message is gone)."""
        for child in settle.children if exists else ():
            if not child.hold:
                self.intake.arrived(child.envelope.queue_id, child.envelope)
                self._wake.set()
        if not last:
            return
        queue_id = message.queue_id
        if settle.remove and exists:
            log.emit(event.Removed(queue_id).line())
        if self.active.get(queue_id) is message:
            del self.active[queue_id]
            self.recipients -= len(message.todo)
        self.intake.finished(queue_id, settle.state.due if settle.state else 0.0)
        if self.intake.admission:
            self._wake.set()

    # What others ask for.

    def arrived(self, queue_id: str, envelope: Envelope | None) -> None:
        """A hint that a message was committed; `envelope` spares a read."""
        if envelope is not None and envelope.queue_id != queue_id:
            envelope = None
        self.intake.arrived(queue_id, envelope)
        self._wake.set()

    def changed(self, queue_ids: Sequence[str]) -> None:
        """An administrator changed these messages."""
        for queue_id in queue_ids:
            message = self.active.get(queue_id)
            if message is None:
                self.intake.offer(queue_id, force=False)
            else:
                self._reload(message)
        self._wake.set()

    def _reload(self, message: ActiveMessage) -> None:
        """An active message was changed: gone or on hold ends its attempt, anything else shows at its end."""
        try:
            stored = self.store.load(message.queue_id)
        except CorruptRow:
            stored = None
        if stored is not None:
            message.state = stored.state
            if stored.state.queue != HOLD:
                return
        message.dropped = True
        waiting = [entry for entry in message.entries if self.scheduler.withdraw(entry)]
        message.entries.difference_update(waiting)
        if waiting and not message.entries:
            self._finisher.finish(message)

    def flush(self, queue_id: str = "") -> None:
        """Try deferred mail now: one message, or all of it, dead destinations and transports included."""
        if queue_id:
            self.intake.offer(queue_id, force=True)
        else:
            self.scheduler.revive()
            self._unavailable.clear()
            self.intake.flush()
        self._wake.set()

    def run(self) -> None:
        """Look through the whole queue soon."""
        self.intake.run()
        self._wake.set()

    def tidy(self) -> None:
        """Every few seconds: connections without work, agents that hang."""
        for pool in self._pools.values():
            pool.tidy()
