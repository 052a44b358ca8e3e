"""scheduler - the queue manager's brain: what is delivered next, over which transport (SCHEDULER_README).

Pure: no clock, no socket; `now` is handed in, in seconds of any clock that does not jump. The driver adds messages with
their routes, asks for what may be delivered now, and reports what became of it; `wake_at` says when to ask again though
nothing happened.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

from pymaster.rules.schedule.limits import Limits
from pymaster.rules.schedule.parts import END, Destination, Entry, Job, Peer
from pymaster.rules.schedule.transport import Transport

# What became of an entry: the destination was reached (whatever it said of the mail); it could not be reached or refused
# the session; the agent died, so nobody knows.
REACHED, BLOCKED, LOST = 1, 2, 3


@dataclass(slots=True)
class Routed:
    """Where recipient `index` of a message goes: transport, next hop, and the address that is delivered to."""

    index: int
    transport: str
    nexthop: str
    address: bytes


class Scheduler:
    """All transports. Entries of destinations that are dead come out of `take_suspended`, not of `next`."""

    def __init__(self, limits: Limits, delimiters: str = "") -> None:
        """`delimiters` is recipient_delimiter: extensions do not make destinations of their own."""
        self.limits = limits
        self.transports: dict[str, Transport] = {}
        self._delimiters = delimiters.encode()
        self._ring: deque[Transport] = deque()
        self._number = 0
        self._suspended: list[Entry] = []
        # (when, number, transport, destination or None): ends of delays, pauses and suspensions.
        self._timers: list[tuple[float, int, Transport, Destination | None]] = []

    def transport(self, name: str) -> Transport:
        """The transport of a name; made when it is new. Raises ConfigError."""
        found = self.transports.get(name)
        if found is None:
            found = self.transports[name] = Transport(name, self.limits.transport(name))
        return found

    def find(self, route: Routed) -> Destination | None:
        """The destination that a route leads to, if it is known."""
        transport = self.transports.get(route.transport)
        if transport is None:
            return None
        single = transport.limits.recipient_limit == 1
        return transport.destinations.get(self._recipient_key(route) if single else route.nexthop)

    def add(self, message: Any, routes: Sequence[Routed], now: float) -> list[Entry]:
        """Schedule recipients of a message; the entries made, in no particular order."""
        entries: list[Entry] = []
        jobs: dict[str, Job] = {}
        peers: dict[tuple[str, str], Peer] = {}
        for route in routes:
            name = route.transport
            transport = self.transports.get(name) or self.transport(name)
            most = transport.limits.recipient_limit
            key = self._recipient_key(route) if most == 1 else route.nexthop
            peer = peers.get((name, key))
            if peer is None:
                job = jobs.get(name)
                if job is None:
                    self._number += 1
                    job = jobs[name] = Job(name, (self._number, END), now)
                peer = peers[name, key] = Peer(job, transport.destination(key, route.nexthop))
                job.peers.append(peer)
            todo = peer.todo
            if todo and (not most or len(todo[-1].indexes) < most):
                todo[-1].indexes.append(route.index)
            else:
                entry = Entry(peer, message, [route.index], now)
                todo.append(entry)
                entries.append(entry)
        for job in jobs.values():
            self._line_up(job)
        return entries

    def _line_up(self, job: Job) -> None:
        transport = self.transports[job.transport]
        peers = job.peers
        for peer in peers:
            if peer.destination.dead:
                self._suspended += peer.todo
                peer.todo.clear()
            job.total += len(peer.todo)
        job.left = job.total
        for peer in peers:
            if peer.todo:
                transport.wait(peer)
        if job.total:
            self._enter(transport)
        else:
            job.peers.clear()

    def _recipient_key(self, route: Routed) -> str:
        local = route.address.rpartition(b"@")[0] or route.address
        for delimiter in self._delimiters:
            cut = local.find(delimiter, 1)
            if cut > 0:
                local = local[:cut]
        return local.decode("utf-8", "surrogateescape") + "@" + route.nexthop

    def _enter(self, transport: Transport) -> None:
        if not transport.in_ring:
            transport.in_ring = True
            self._ring.append(transport)

    def next(self, now: float, limit: int = 100) -> list[Entry]:
        """Up to `limit` entries that may be delivered now, from each transport in turn."""
        if self._timers and self._timers[0][0] <= now:
            self._expire(now)
        found: list[Entry] = []
        ring = self._ring
        while ring and len(found) < limit:
            transport = ring[0]
            entry = transport.select(now)
            if entry is None:
                transport.in_ring = False
                ring.popleft()
                continue
            found.append(entry)
            if transport.limits.transport_delay:
                # Deliveries over this transport happen one at a time; the pause ends some time after the report.
                transport.until = END
            ring.rotate(-1)
        return found

    def report(self, entry: Entry, outcome: int, now: float, reason: Any = None) -> None:
        """What became of an entry. BLOCKED with a `reason` may kill the destination; LOST makes it wait again."""
        peer = entry.peer
        destination = peer.destination
        transport = self.transports[peer.job.transport]
        window = destination.window
        if outcome == REACHED:
            window.succeeded(destination.busy)
        elif outcome == BLOCKED and not destination.dead and window.failed():
            self._kill(transport, destination, now, reason)
        destination.busy -= 1
        transport.busy -= 1
        entry.busy = False
        if outcome == LOST:
            entry.lost += 1
            transport.put_back(entry)
            if destination.dead:
                self._suspended += transport.empty(destination)
        limits = transport.limits
        if limits.destination_delay and not destination.dead:
            destination.until = now + limits.destination_delay
            self._timer(destination.until, transport, destination)
        if limits.transport_delay:
            transport.until = now + limits.transport_delay
            self._timer(transport.until, transport, None)
        if destination.waiting:
            transport.reopen(destination)
        elif not destination.busy and not destination.dead:
            # Nothing under way and nothing waiting: what was learned of it is forgotten, as Postfix does.
            window.reset()
        if transport.waiting:
            self._enter(transport)

    def _kill(self, transport: Transport, destination: Destination, now: float, reason: Any) -> None:
        destination.dead = now + self.limits.retry_delay
        destination.reason = reason
        self._timer(destination.dead, transport, destination)
        self._suspended += transport.empty(destination)

    def take_suspended(self, limit: int) -> list[Entry]:
        """At most `limit` entries whose destination is suspended: they are to be deferred with `entry.reason`."""
        taken = self._suspended[:limit]
        del self._suspended[:limit]
        return taken

    def withdraw(self, entry: Entry) -> bool:
        """Take out an entry that waits; False if an agent has it."""
        return self.transports[entry.transport].withdraw(entry)

    def withdraw_all(self, name: str) -> list[Entry]:
        """Take out everything that waits for a transport."""
        transport = self.transport(name)
        return [e for d in list(transport.destinations.values()) if d.waiting for e in transport.empty(d)]

    def capacity(self, name: str, count: int) -> None:
        """How many deliveries the agents of a transport take at once."""
        transport = self.transport(name)
        transport.capacity = count
        if transport.waiting:
            self._enter(transport)

    def wanting(self) -> list[str]:
        """Transports with mail that more agents could take."""
        return [t.name for t in self.transports.values() if t.waiting and t.busy >= t.capacity and not t.until]

    def revive(self) -> None:
        """Forget which destinations are dead (postqueue -f)."""
        for transport in self.transports.values():
            for destination in transport.destinations.values():
                if destination.dead:
                    self._resurrect(destination)

    def _resurrect(self, destination: Destination) -> None:
        destination.dead, destination.reason = 0.0, None
        destination.window.reset()

    def wake_at(self) -> float:
        """When the next delay or suspension ends; infinity when none is running."""
        return self._timers[0][0] if self._timers else END

    def _timer(self, when: float, transport: Transport, destination: Destination | None) -> None:
        self._number += 1
        heappush(self._timers, (when, self._number, transport, destination))

    def _expire(self, now: float) -> None:
        timers = self._timers
        while timers and timers[0][0] <= now:
            when, _, transport, destination = heappop(timers)
            if destination is None:
                if transport.until == when:
                    transport.until = 0.0
            else:
                if destination.until == when:
                    destination.until = 0.0
                if destination.dead == when:
                    self._resurrect(destination)
                transport.reopen(destination)
            if transport.waiting:
                self._enter(transport)
