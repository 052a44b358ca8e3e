"""agentpool - one transport's delivery agents as the queue manager sees them: connections, and requests under way.

Connections are opened as mail asks for them. An agent that takes many requests at once (its Hello says how many) needs
one connection per process; one that takes a single request gets as many connections as there are deliveries. When an
agent dies its requests are unknown: they are given back at once, and the next connection gets them.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gevent

from pymaster.model.messages import DeliveryReport, DeliveryRequest
from pymaster.runtime.ipc import Channel
from pymaster.util import log
from pymaster.util.record import Record

# How long a listener may take to greet: the master may have to wait for a free process.
GREETING = 100.0
FIRST_RETRY, MAX_RETRY = 0.05, 1.0
# A connection without work is given up after this many seconds: a single agent's, another agent's.
IDLE_SINGLE, IDLE_MULTI = 5.0, 60.0
# Connections that wait for a greeting at the same time, once the agent is known to take one request each.
MAX_PENDING = 10


@dataclass(slots=True)
class PoolEvents:
    """What the pool tells: a report for an item; an item whose agent is gone; a new capacity; no agent for `seconds`;
    a bug in one of these."""

    report: Callable[[Any, DeliveryReport], None]
    lost: Callable[[Any], None]
    capacity: Callable[[str, int], None]
    down: Callable[[str, float, str], None]
    crashed: Callable[[Exception], None] | None = None


class _Agent:
    """One connection and the items under way on it, by request number: (item, since)."""

    __slots__ = ("channel", "idle_since", "under_way")

    def __init__(self) -> None:
        self.channel: Any = None
        self.under_way: dict[int, tuple[Any, float]] = {}
        self.idle_since = time.monotonic()


class AgentPool:
    """The connections to one transport's agents."""

    def __init__(
        self, path: str, transport: str, events: PoolEvents, *, maximum: int = 100, deadline: float = 18000.0
    ) -> None:
        """At most `maximum` connections; an answer is waited for `deadline` seconds."""
        self.path, self.transport, self.events = path, transport, events
        self.maximum, self.deadline = maximum, deadline
        self._agents: dict[Channel, _Agent] = {}
        self._pending: set[Channel] = set()
        self._number = 0
        self._window = 0
        self._failing_since = 0.0
        self._retry_at = 0.0
        self._pause = FIRST_RETRY
        self._closed = False

    @property
    def capacity(self) -> int:
        """How many requests the open connections take at once."""
        return sum(a.channel.window for a in self._agents.values() if a.channel.is_open)

    def grow(self) -> None:
        """More agents could be used: open a connection, if there may be one more."""
        pending = MAX_PENDING if self._window == 1 else 1
        most = self.maximum if self._window == 1 else min(self.maximum, os.cpu_count() or 1)
        if len(self._pending) >= pending or len(self._agents) + len(self._pending) >= most or self._closed:
            return
        now = time.monotonic()
        if now < self._retry_at:
            return
        channel = Channel(self.path, "delivery", (DeliveryReport,), self._take, self._ended, self._opened)
        channel.on_crash = self.events.crashed
        self._pending.add(channel)
        channel.start(now + GREETING)

    def _opened(self, channel: Channel) -> None:
        self._pending.discard(channel)
        agent = self._agents[channel] = _Agent()
        agent.channel = channel
        self._window = channel.window
        self._failing_since, self._retry_at, self._pause = 0.0, 0.0, FIRST_RETRY
        self.events.capacity(self.transport, self.capacity)

    def send(self, item: Any, request: DeliveryRequest) -> bool:
        """Give a request to the agent with the least to do; False when none is free. Sets `request.request`."""
        best: _Agent | None = None
        for agent in self._agents.values():
            load = len(agent.under_way)
            if load < agent.channel.window and agent.channel.is_open and (best is None or load < len(best.under_way)):
                best = agent
        if best is None:
            return False
        self._number += 1
        request.request = self._number
        best.channel.send(request)
        best.under_way[self._number] = (item, time.monotonic())
        return True

    def _take(self, channel: Channel, records: list[Record]) -> None:
        agent = self._agents[channel]
        for record in records:
            found = agent.under_way.pop(record.request, None) if isinstance(record, DeliveryReport) else None
            if found is None:
                log.warning(f"transport {self.transport}: report for a request that nobody made")
                channel.close()
                return
            self.events.report(found[0], record)  # type: ignore[arg-type]
        if not agent.under_way:
            agent.idle_since = time.monotonic()

    def _ended(self, channel: Channel, reason: str) -> None:
        self._pending.discard(channel)
        agent = self._agents.pop(channel, None)
        now = time.monotonic()
        if agent is None:
            # While other agents answer, this one merely waited in vain for a free process.
            self._failing_since = now if self._agents else self._failing_since or now
            self._retry_at = now + self._pause
            gevent.spawn_later(self._pause, self._again)
            self._pause = min(self._pause * 2, MAX_RETRY)
            if not self._closed:
                self.events.down(self.transport, now - self._failing_since, reason)
            return
        if agent.under_way:
            log.warning(f"private/{self.transport}: agent gone with {len(agent.under_way)} deliveries: {reason}")
        self.events.capacity(self.transport, self.capacity)
        for item, _ in list(agent.under_way.values()):
            self.events.lost(item)

    def _again(self) -> None:
        """Time to try again: whoever wants agents is asked by telling the capacity."""
        if not self._closed:
            self.events.capacity(self.transport, self.capacity)

    def tidy(self) -> None:
        """Called every few seconds: give up connections without work, and agents that do not answer."""
        now = time.monotonic()
        for agent in list(self._agents.values()):
            if not agent.under_way:
                if now - agent.idle_since > (IDLE_SINGLE if agent.channel.window == 1 else IDLE_MULTI):
                    self._drop(agent)
                continue
            oldest = min(since for _, since in agent.under_way.values())
            if agent.channel.stalled or now - oldest > self.deadline:
                log.warning(f"private/{self.transport}: agent does not answer")
                self._drop(agent)

    def _drop(self, agent: _Agent) -> None:
        agent.channel.close()
        self.events.capacity(self.transport, self.capacity)

    def close(self) -> None:
        """Give all connections back; what is under way is not reported any more."""
        self._closed = True
        for channel in [*self._agents, *self._pending]:
            channel.close()
