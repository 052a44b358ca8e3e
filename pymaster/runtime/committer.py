"""committer - how greenlets write to the queue: one native thread per process, one transaction for all that waits.

LMDB's commit waits for the disk, so it must not run in the hub; and one thread that takes whatever has gathered while
it was busy makes batches that form by themselves (group commit), with no timer. A write transaction never meets a
greenlet switch, because this thread has no greenlets.

Outcomes are yes, no or unknown. A caller whose deadline passes before the writer took its job gets REFUSED: nothing was
or will be written. After that moment nobody can call it back, and the caller gets UNKNOWN.

The thread's death is the process's death: after an input/output error only a new process may look at the disk again.
"""

import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import gevent
from gevent import monkey
from gevent.hub import Waiter

from pymaster.model.queueid import BLOCK, Minter
from pymaster.model.stored import NewMessage
from pymaster.store.contract import (
    REFUSED,
    UNKNOWN,
    Apply,
    Insert,
    Mark,
    Op,
    Outcome,
    QueueFull,
    QueueStore,
    Reserve,
    Stage,
    StoreUnavailable,
)
from pymaster.store.staging import Stager
from pymaster.util import log
from pymaster.util.clock import SYSTEM, Clock

MAX_OPS, MAX_BYTES = 128, 4 << 20
# How often deadlines are looked at, and how long the idle writer sleeps between its duties (seconds).
TICK, IDLE = 0.25, 30.0

# The real ones, whatever gevent has put in their place.
_start_thread = monkey.get_original("_thread", "start_new_thread")
_new_lock = monkey.get_original("_thread", "allocate_lock")
_new_queue = monkey.get_original("queue", "SimpleQueue")
_Empty = monkey.get_original("queue", "Empty")

Done = Callable[["Job"], None]


class Job:
    """Operations that travel to the writer together. `taken` is a lock that one side wins: the writer, or the deadline."""

    __slots__ = ("deadline", "done", "error", "ops", "outcomes", "taken", "weight")

    def __init__(self, ops: Sequence[Op], deadline: float, done: Done) -> None:
        self.ops, self.deadline, self.done = ops, deadline, done
        self.weight = sum([_weight(op) for op in ops])
        self.outcomes: list[Outcome] = []
        self.error: Exception | None = None
        self.taken = _new_lock()


class Committer:
    """The queue as greenlets see it; every method blocks the calling greenlet only."""

    def __init__(
        self,
        store: QueueStore,
        *,
        long_ids: bool = False,
        clock: Clock = SYSTEM,
        mark: Mark | None = None,
        died: Callable[[BaseException], None] | None = None,
    ) -> None:
        """`mark` is told when each write transaction begins and ends; `died` is called in the hub when the writer is
        dead, and must end the process (the default does)."""
        self.store = store
        self._clock = clock
        self._died = died or _exit
        self._minter = Minter(long_ids, clock)
        self._refilling = False
        # The writer is woken at the end of a turn of the loop: what one turn brings goes together, and two threads do
        # not wrestle for the interpreter while there is still something to do in the hub.
        self._sending: list[Job] = []
        self._inbox: Any = _new_queue()
        self._finished: deque[Job] = deque()
        self._reports: deque[str] = deque()
        self._chores: deque[Callable[[], object]] = deque()
        self._open: dict[Job, None] = {}
        self._death: BaseException | None = None
        # Nothing more is taken; the writer has seen the end of its work; its thread is over.
        self._closed = self._stopping = self._ended = False
        self._closing: Waiter[Any] | None = None
        loop = gevent.get_hub().loop
        self._bell = loop.async_()
        self._bell.start(self._collect)
        self._timer: Any = loop.timer(TICK, TICK)
        store.watch(mark, self._reports.append)
        self._minter.refill(store.commit([Reserve(BLOCK)])[0].numbers)
        _start_thread(self._write, ())

    # What greenlets call.

    def mint(self) -> str:
        """A fresh queue id; new numbers are fetched ahead, so this waits only under a flood."""
        minter = self._minter
        if minter.low and not self._refilling:
            self._refilling = True
            self.submit([Reserve(BLOCK)], 60.0, self._refilled)
        try:
            return minter.mint()
        except LookupError:
            outcome = self.commit([Reserve(BLOCK)])[0]
            if not outcome.numbers:
                raise StoreUnavailable("no queue id can be had") from None
            minter.refill(outcome.numbers)
            return minter.mint()

    def _refilled(self, job: Job) -> None:
        self._refilling = False
        if job.outcomes:
            self._minter.refill(job.outcomes[0].numbers)

    def insert(self, message: NewMessage, deadline: float = 30.0) -> Outcome:
        """Make a message exist; `deadline` in seconds from now. Raises QueueFull."""
        return self.commit([Insert(message)], deadline)[0]

    def stager(self, queue_id: str) -> Stager:
        """Where a body too large for one row goes, slice by slice. Its calls raise QueueFull, StoreUnavailable."""
        return Stager(queue_id, lambda op: self.commit([op])[0], self._clock, self._begin)

    def _begin(self, op: Op) -> Callable[[], Outcome]:
        """As `commit` of one operation in two steps: the answer waits for the outcome."""
        waiter: Waiter[Any] = Waiter()
        job = self.submit([op], 30.0, waiter.switch)
        return lambda: self._outcomes(job, waiter)[0]

    def apply(self, ops: Sequence[Apply], deadline: float = 60.0) -> list[Outcome]:
        """Settle messages. Raises QueueFull."""
        return self.commit(ops, deadline)

    def commit(self, ops: Sequence[Op], deadline: float = 30.0) -> list[Outcome]:
        """Any operations, in one transaction with what else waits; one Outcome per op. Raises QueueFull."""
        waiter: Waiter[Any] = Waiter()
        return self._outcomes(self.submit(ops, deadline, waiter.switch), waiter)

    @staticmethod
    def _outcomes(job: Job, waiter: "Waiter[Any]") -> list[Outcome]:
        waiter.get()
        if job.error is not None:
            raise job.error
        return job.outcomes

    def submit(self, ops: Sequence[Op], deadline: float, done: Done) -> Job:
        """As `commit`, without waiting: `done(job)` is called in the hub, with `job.outcomes` or `job.error` set."""
        job = Job(ops, self._clock.monotonic() + deadline, done)
        if self._death is not None or self._closed:
            job.outcomes = [Outcome(REFUSED, "the queue writer has ended")] * len(ops)
            gevent.get_hub().loop.run_callback(done, job)
            return job
        self._open[job] = None
        if not self._timer.active:
            self._timer.start(self._expire)
        if not self._sending:
            gevent.get_hub().loop.run_callback(self._send)
        self._sending.append(job)
        return job

    def chore(self, work: Callable[[], object]) -> None:
        """Have the writer's thread do something long with the store (collection), between two batches; nobody waits."""
        self._chores.append(work)
        self.submit([], 3600.0, _forget)

    def close(self, deadline: float = 10.0) -> None:
        """Write what waits and end the thread; the store stays open, it is its opener's."""
        self._closed = True
        if self._death is None and not self._ended:
            self._closing = Waiter()
            self._send()
            self._inbox.put(None)
            gevent.with_timeout(deadline, self._closing.get, timeout_value=None)
        self._timer.close()
        if self._ended:
            self._bell.close()

    # In the hub.

    def _send(self) -> None:
        sending, self._sending = self._sending, []
        for job in sending:
            self._inbox.put(job)

    def _collect(self) -> None:
        """The bell rang: wake whoever waited for what is finished."""
        # Looked at first: the writer rings once more after its end, and what it finished before that is then here.
        death, ended = self._death, self._ended
        while self._finished:
            self._answer(self._finished.popleft())
        while self._reports:
            log.error(self._reports.popleft())
        if death is not None:
            for job in list(self._open):
                job.outcomes = [Outcome(UNKNOWN, "the queue writer died")] * len(job.ops)
                self._answer(job)
            self._died(death)
        elif ended and self._closing is not None:
            self._closing.switch(None)

    def _answer(self, job: Job) -> None:
        if job in self._open:
            del self._open[job]
            job.done(job)

    def _expire(self) -> None:
        """Look for jobs whose deadline has passed."""
        now = self._clock.monotonic()
        for job in [job for job in self._open if job.deadline <= now]:
            mine = job.taken.acquire(False)
            late = Outcome(REFUSED, "deadline before commit") if mine else Outcome(UNKNOWN, "deadline during commit")
            # A copy, for the writer may still be about to fill in the job.
            stand_in = Job(job.ops, 0.0, job.done)
            stand_in.outcomes = [late] * len(job.ops)
            del self._open[job]
            job.outcomes, job.done = stand_in.outcomes, _forget
            stand_in.done(stand_in)
        if not self._open:
            self._timer.stop()

    # In the writer's thread.

    def _write(self) -> None:
        try:
            more = False
            while True:
                try:
                    first = self._inbox.get(True, 0.001 if more else IDLE)
                except _Empty:
                    more = self.store.sweep()
                    if not more:
                        self.store.tend()
                    continue
                batch = self._gather(first)
                if batch:
                    self._commit(batch)
                    self._bell.send()
                if self._stopping:
                    break
                if self._chores:
                    self._chores.popleft()()
                more = self._inbox.empty() and self.store.sweep()
        except BaseException as exc:
            self._death = exc
        self._ended = True
        self._bell.send()

    def _gather(self, first: Job | None) -> list[Job]:
        """`first` and whatever else waits, up to a batch; without the jobs whose caller has given up."""
        batch: list[Job] = []
        ops = size = 0
        job = first
        while job is not None:
            if job.taken.acquire(False):
                batch.append(job)
                ops += len(job.ops)
                size += job.weight
            if ops >= MAX_OPS or size >= MAX_BYTES:
                return batch
            try:
                job = self._inbox.get(False)
            except _Empty:
                return batch
        self._stopping = True
        return batch

    def _commit(self, batch: list[Job]) -> None:
        try:
            outcomes = iter(self.store.commit([op for job in batch for op in job.ops]))
            for job in batch:
                job.outcomes = [next(outcomes) for _ in job.ops]
        except QueueFull as exc:
            self._one_by_one(batch, exc)
        self._finished.extend(batch)

    def _one_by_one(self, batch: list[Job], exc: QueueFull) -> None:
        """On a full disk settlements must go on: what frees room goes, what needs room is refused."""
        for job in batch:
            try:
                if len(batch) == 1:
                    raise exc
                job.outcomes = self.store.commit(job.ops)
            except QueueFull as full:
                job.error = full


def _weight(op: Op) -> int:
    if type(op) is Insert:
        return sum([len(block) for block in op.message.body])
    if type(op) is Stage:
        return len(op.data)
    return 0


def _forget(job: Job) -> None:
    """Nobody waits for this job any more."""


def _exit(exc: BaseException) -> None:
    log.fatal(f"queue writer: {type(exc).__name__}: {exc}")
    sys.stderr.flush()
    os._exit(1)
