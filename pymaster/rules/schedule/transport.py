"""transport - one transport's part of the scheduler: which entry is handed out next (SCHEDULER_README).

The next entry is one of the first job, in the order of places, that has an entry for an open destination; among such
destinations of the job it goes round. The transport's heap knows, for each open destination, the place of the first
peer that waits there, so blocked jobs cost nothing however many they are. Heap items are checked when they come up,
not when something changes.

Preemption: each entry handed out earns its job a share of a slot; for `need` slots a job of `need` entries may go
first. The job chosen is the one with the highest age per remaining entry among those that the current job could ever
earn enough for; it goes ahead once a part of the price (discount, loan) is there, and all of it is charged.
"""

from heapq import heapify, heappop, heappush, heapreplace

from pymaster.rules.schedule.limits import TransportLimits
from pymaster.rules.schedule.parts import END, Bucket, Destination, Entry, Job, Peer, Place


class Transport:
    """The jobs and destinations of one transport.

    `capacity` is how many deliveries its agents take at once, `busy` how many they have, `waiting` how many entries
    wait; `until` is when a pause ends (0: none).
    """

    __slots__ = (
        "_heap", "_number", "_sizes", "busy", "capacity", "destinations", "in_ring", "limits", "name", "purge_at",
        "until", "waiting",
    )  # fmt: skip

    def __init__(self, name: str, limits: TransportLimits) -> None:
        self.name, self.limits = name, limits
        self.destinations: dict[str, Destination] = {}
        self.busy = self.capacity = self.waiting = 0
        self.until = 0.0
        self.in_ring = False
        self.purge_at = 1000
        self._number = 0
        self._heap: list[tuple[Place, int, Destination]] = []
        self._sizes: dict[int, list[tuple[Place, int, Bucket]]] = {}

    def destination(self, key: str, nexthop: str) -> Destination:
        """The destination of a key; made when it is new."""
        found = self.destinations.get(key)
        if found is None:
            if len(self.destinations) >= self.purge_at:
                self._purge()
            found = self.destinations[key] = Destination(key, nexthop, self.limits.window)
        return found

    def _purge(self) -> None:
        """Forget destinations that have nothing to do and nothing to remember."""
        idle = [d for d in self.destinations.values() if not (d.busy or d.waiting or d.dead or d.until)]
        for destination in idle:
            destination.queued = ()
            del self.destinations[destination.key]
        known = self.destinations
        self._heap = [item for item in self._heap if item[2].key in known]
        heapify(self._heap)
        for size, heap in list(self._sizes.items()):
            self._sizes[size] = [item for item in heap if item[2].destination.key in known]
            heapify(self._sizes[size])
        self.purge_at = max(1000, 2 * len(known))

    def wait(self, peer: Peer) -> None:
        """Line up a new peer, its job complete, at its destination."""
        destination, job = peer.destination, peer.job
        count = len(peer.todo)
        destination.waiting += count
        self.waiting += count
        destination.line.append(peer)
        bucket = destination.sizes.get(job.total)
        if bucket is None:
            bucket = destination.sizes[job.total] = Bucket(destination)
        bucket.peers.append(peer)
        if destination.busy < destination.window.size and not destination.until:
            if not destination.queued:
                self._enqueue(destination, job.place)
            if not bucket.queued:
                self._offer(job.total, bucket, job.place)

    def _enqueue(self, destination: Destination, place: Place) -> None:
        self._number += 1
        destination.queued = place
        heappush(self._heap, (place, self._number, destination))

    def _offer(self, size: int, bucket: Bucket, place: Place) -> None:
        self._number += 1
        bucket.queued = True
        heap = self._sizes.get(size)
        if heap is None:
            heap = self._sizes[size] = []
        heappush(heap, (place, self._number, bucket))

    def reopen(self, destination: Destination) -> None:
        """The destination may have become open, or its first peer another one."""
        if destination.busy >= destination.window.size or destination.until or not destination.waiting:
            return
        peer = destination.first()
        if peer is None:
            return
        place = peer.job.place
        if not destination.queued or place < destination.queued:
            self._enqueue(destination, place)
        for size, bucket in destination.sizes.items():
            if not bucket.queued:
                first = bucket.first()
                if first is not None:
                    self._offer(size, bucket, first.job.place)

    def _current(self) -> Peer | None:
        """The first peer, in the order of places, whose destination is open; its item is on top of the heap."""
        heap = self._heap
        while heap:
            place, _, destination = heap[0]
            if destination.queued != place:
                heappop(heap)
                continue
            peer = destination.first() if destination.open else None
            if peer is None:
                heappop(heap)
                destination.queued = ()
            elif peer.job.place != place:
                self._number += 1
                destination.queued = peer.job.place
                heapreplace(heap, (peer.job.place, self._number, destination))
            else:
                return peer
        return None

    def select(self, now: float) -> Entry | None:
        """Hand out the next entry; None when there is none, or no agent, or a pause."""
        if self.busy >= self.capacity or self.until:
            return None
        peer = self._current()
        if peer is None:
            return None
        job = peer.job
        if job.slots > 0 and self._preempt(job, now):
            peer = self._current()
            if peer is None:
                return None
            job = peer.job
        entry = peer.todo.popleft()
        entry.busy = True
        destination = peer.destination
        destination.waiting -= 1
        destination.busy += 1
        self.waiting -= 1
        self.busy += 1
        job.left -= 1
        job.slots += 1
        job.started += 1
        # Behind the other destinations of the same job: that is the round robin.
        heappop(self._heap)
        destination.queued = ()
        first = destination.first()
        if first is not None and destination.busy < destination.window.size and not destination.until:
            self._enqueue(destination, first.job.place)
        if not peer.todo:
            self._tidy(peer)
            if not job.left:
                self._retire(job)
        return entry

    def _tidy(self, peer: Peer) -> None:
        """Take a peer without entries off its bucket, unless another stands in front of it."""
        sizes = peer.destination.sizes
        bucket = sizes.get(peer.job.total)
        if bucket is not None:
            peers = bucket.peers
            while peers and not peers[0].todo:
                peers.popleft()
            if not peers and not bucket.queued:
                del sizes[peer.job.total]

    def _retire(self, job: Job) -> None:
        """All entries of a job are handed out or gone: settle with the job it went in front of."""
        # Job and peers know each other: apart, they go at once, without a collector.
        job.peers.clear()
        parent, job.parent = job.parent, None
        if parent is not None:
            parent.children -= 1
            parent.slots += job.paid - job.started * self.limits.slot_cost
            job.paid = 0

    def _preempt(self, job: Job, now: float) -> bool:
        """Let another job go in front of the current one, if there is one that may; whether it does."""
        limits = self.limits
        cost = limits.slot_cost
        if not cost or job.left + job.slots <= limits.minimum_slots * cost:
            return False
        chosen = self._candidate((job.left + job.slots) // cost, job, now)
        if chosen is None:
            return False
        if job.slots / cost + limits.slot_loan < chosen.left * (100 - limits.slot_discount) / 100:
            return False
        job.children += 1
        chosen.parent, chosen.paid = job, chosen.left * cost
        job.slots -= chosen.paid
        # A job is counted as started when it goes ahead, so that only what follows is charged when it retires.
        chosen.started = 0
        self._number += 1
        chosen.place = (*job.place[:-1], self._number, END)
        for peer in chosen.peers:
            if peer.todo:
                peer.front = peer.listed = True
                heappush(peer.destination.front, (chosen.place, self._number, peer))
                self._number += 1
                self.reopen(peer.destination)
        return True

    def _candidate(self, most: int, current: Job, now: float) -> Job | None:
        """The job with the highest age per remaining entry among those of at most `most` entries."""
        best, score = None, 0.0
        for size, heap in list(self._sizes.items()):
            if size > most:
                continue
            job = self._oldest(size, heap, current)
            if job is not None:
                rate = (now - job.added + 1.0) / job.left
                if rate > score:
                    best, score = job, rate
        return best

    def _oldest(self, size: int, heap: list[tuple[Place, int, Bucket]], current: Job) -> Job | None:
        """The oldest job of a size that has an open destination."""
        while heap:
            place, _, bucket = heap[0]
            destination = bucket.destination
            peer = bucket.first() if destination.open else None
            if peer is None or peer.job is current:
                heappop(heap)
                bucket.queued = False
            elif peer.job.place != place:
                self._number += 1
                heapreplace(heap, (peer.job.place, self._number, bucket))
            else:
                return peer.job
        del self._sizes[size]
        return None

    def put_back(self, entry: Entry) -> None:
        """An entry whose agent is gone waits again, first of its peer."""
        peer = entry.peer
        destination, job = peer.destination, peer.job
        entry.busy = False
        peer.todo.appendleft(entry)
        if peer not in job.peers:
            job.peers.append(peer)
        job.left += 1
        destination.waiting += 1
        self.waiting += 1
        if not peer.listed:
            peer.front = peer.listed = True
            self._number += 1
            heappush(destination.front, (job.place, self._number, peer))

    def withdraw(self, entry: Entry) -> bool:
        """Take out an entry that waits; False if it is under way or gone."""
        peer = entry.peer
        if entry.busy or entry not in peer.todo:
            return False
        peer.todo.remove(entry)
        self._withdrawn(peer, 1)
        return True

    def empty(self, destination: Destination) -> list[Entry]:
        """Take out everything that waits for a destination."""
        taken: list[Entry] = []
        for peer in destination.peers():
            count = len(peer.todo)
            taken += peer.todo
            peer.todo.clear()
            self._withdrawn(peer, count)
        return taken

    def _withdrawn(self, peer: Peer, count: int) -> None:
        peer.destination.waiting -= count
        self.waiting -= count
        peer.job.left -= count
        if not peer.todo:
            self._tidy(peer)
            if not peer.job.left:
                self._retire(peer.job)
