"""parts - what the scheduler moves about: entries of recipients, jobs, peers, destinations (SCHEDULER_README).

A *job* is one message within one transport; its *peers* group what goes to one destination; an *entry* is what one
delivery takes: up to `recipient_limit` recipients of a peer.

Jobs have a place in their transport's order, a tuple. A job that came in order has the place `(number, END)`; the n-th
job that preempts the job at `path + (END,)` gets `path + (n, END)`: directly in front of it, behind all that were there
before, and never in conflict with any other place.
"""

from collections import deque
from heapq import heappop
from typing import Any

from pymaster.rules.schedule.window import Window, WindowLimits

END = float("inf")
Place = tuple[float, ...]


class Entry:
    """One delivery: recipients `indexes` of `message` (whatever was handed to the scheduler) to one destination.

    `lost` counts the agents that died with it, `active` is when it was added (wall seconds).
    """

    __slots__ = ("active", "busy", "indexes", "lost", "message", "peer")

    def __init__(self, peer: "Peer", message: Any, indexes: list[int], active: float) -> None:
        self.peer, self.message, self.indexes, self.active = peer, message, indexes, active
        self.lost = 0
        self.busy = False

    @property
    def transport(self) -> str:
        """The transport's name."""
        return self.peer.job.transport

    @property
    def nexthop(self) -> str:
        """The next hop for the agent."""
        return self.peer.destination.nexthop

    @property
    def reason(self) -> Any:
        """Why the destination is suspended: what the report said."""
        return self.peer.destination.reason


class Job:
    """One message within one transport.

    `left` counts the entries not yet handed out, of `total`. `slots` counts what may be spent on others, in entries
    handed out (`slot_cost` of them make one slot); it is negative while a loan is paid back. `parent` is the job it
    went in front of, `paid` what that job gave for it.
    """

    __slots__ = (
        "added",
        "children",
        "left",
        "paid",
        "parent",
        "peers",
        "place",
        "slots",
        "started",
        "total",
        "transport",
    )

    def __init__(self, transport: str, place: Place, added: float) -> None:
        self.transport, self.place, self.added = transport, place, added
        self.peers: list[Peer] = []
        self.left = self.total = self.slots = self.started = self.paid = self.children = 0
        self.parent: Job | None = None


class Peer:
    """What one job has for one destination. `listed` while it stands in the destination's line or front; `front` when
    its place is out of order there, so that the line passes over it."""

    __slots__ = ("destination", "front", "job", "listed", "todo")

    def __init__(self, job: Job, destination: "Destination") -> None:
        self.job, self.destination = job, destination
        self.todo: deque[Entry] = deque()
        self.front = False
        self.listed = True


class Bucket:
    """The waiting peers of one destination whose jobs have the same number of entries, oldest first."""

    __slots__ = ("destination", "peers", "queued")

    def __init__(self, destination: "Destination") -> None:
        self.destination = destination
        self.peers: deque[Peer] = deque()
        self.queued = False

    def first(self) -> Peer | None:
        """The oldest peer whose job is in its original place and has not been preempted."""
        peers = self.peers
        while peers:
            peer = peers[0]
            if peer.todo and not peer.front and not peer.job.children:
                return peer
            peers.popleft()
        return None


class Destination:
    """One next hop (or one recipient, where the recipient limit is 1) of one transport.

    `line` holds the peers that wait in order of arrival, `front` a heap of (place, number, peer) of those that are out
    of order; `sizes` has the buckets by number of entries. `until` is when a rate delay ends and `dead` when a
    suspension ends (0: none); `queued` is the place under which the transport's heap knows this destination.
    """

    __slots__ = (
        "busy", "dead", "front", "key", "line", "nexthop", "queued", "reason", "sizes", "until", "waiting", "warned",
        "window",
    )  # fmt: skip

    def __init__(self, key: str, nexthop: str, limits: WindowLimits) -> None:
        self.key, self.nexthop = key, nexthop
        self.window = Window(limits)
        self.busy = self.waiting = 0
        self.line: deque[Peer] = deque()
        self.front: list[tuple[Place, int, Peer]] = []
        self.sizes: dict[int, Bucket] = {}
        self.until = self.dead = self.warned = 0.0
        self.reason: Any = None
        self.queued: Place = ()

    @property
    def open(self) -> bool:
        """Whether one more delivery may begin."""
        return self.busy < self.window.size and not self.until

    def first(self) -> Peer | None:
        """The waiting peer that comes first in the order of jobs."""
        line, front = self.line, self.front
        while line:
            peer = line[0]
            if peer.todo and not peer.front:
                break
            line.popleft()
            if not peer.front:
                peer.listed = False
        while front and not front[0][2].todo:
            heappop(front)[2].listed = False
        if front and (not line or front[0][0] < line[0].job.place):
            return front[0][2]
        return line[0] if line else None

    def peers(self) -> list[Peer]:
        """Every peer that waits here, in no particular order."""
        found = [p for p in self.line if p.todo and not p.front]
        return found + [item[2] for item in self.front if item[2].todo]
