"""The committer: group commit from greenlets, deadlines, a full disk, the writer's death."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import gevent
import pytest

from pymaster.model.stored import NewMessage, Settle
from pymaster.runtime.committer import Committer, Job
from pymaster.store.contract import (
    DURABLE,
    REFUSED,
    UNKNOWN,
    Apply,
    Insert,
    Op,
    Outcome,
    QueueFull,
    Stage,
    StoreUnavailable,
)
from pymaster.store.memory import MemoryQueue
from pymaster.util.errors import Fatal
from tests.queues import envelope, message, open_queue


class SlowQueue(MemoryQueue):
    """A store whose commits wait for the test."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Semaphore(1)
        self.batches: list[int] = []
        self.threads: set[int] = set()
        self.fail: Callable[[Sequence[Op]], None] = lambda ops: None

    def commit(self, ops: Sequence[Op]) -> list[Outcome]:
        self.threads.add(threading.get_ident())
        with self.gate:
            self.fail(ops)
            self.batches.append(len(ops))
            return super().commit(ops)


@pytest.fixture
def store() -> SlowQueue:
    return SlowQueue()


@pytest.fixture
def deaths() -> list[BaseException]:
    return []


@pytest.fixture
def committer(store: SlowQueue, deaths: list[BaseException]) -> Iterator[Committer]:
    made = Committer(store, died=deaths.append)
    store.batches.clear()
    store.threads.clear()
    yield made
    made.close(1.0)


def hold(store: SlowQueue, committer: Committer) -> Any:
    """Occupy the writer with one insert that waits at the gate."""
    store.gate.acquire()
    blocker = gevent.spawn(committer.insert, message("B0"))
    gevent.sleep(0.05)
    return blocker


def test_insert(committer: Committer, store: SlowQueue) -> None:
    assert committer.insert(message("A1")).result == DURABLE
    assert store.load("A1") is not None
    assert threading.get_ident() not in store.threads


def test_what_waits_goes_together(committer: Committer, store: SlowQueue) -> None:
    blocker = hold(store, committer)
    waiting = [gevent.spawn(committer.insert, message(f"A{n}")) for n in range(200)]
    gevent.sleep(0.1)
    store.gate.release()
    gevent.joinall([blocker, *waiting], raise_error=True)
    assert all(greenlet.value.result == DURABLE for greenlet in waiting)
    assert store.batches == [1, 128, 72]


def test_the_hub_runs_meanwhile(committer: Committer, store: SlowQueue) -> None:
    blocker = hold(store, committer)
    ticks = 0
    for _ in range(20):
        gevent.sleep(0.001)
        ticks += 1
    assert ticks == 20
    assert not blocker.ready()
    store.gate.release()
    blocker.join()


def test_ids_are_apart_and_never_end(committer: Committer) -> None:
    ids = {committer.mint() for _ in range(20_000)}
    assert len(ids) == 20_000


def test_deadline_before_the_writer_took_it(committer: Committer, store: SlowQueue) -> None:
    blocker = hold(store, committer)
    late = gevent.spawn(committer.insert, message("A1"), 0.05)
    late.join(2.0)
    assert late.value.result == REFUSED
    store.gate.release()
    blocker.join()
    committer.insert(message("A2"))
    assert store.load("A1") is None, "a job given up before its commit was committed"


def test_deadline_during_the_commit(committer: Committer, store: SlowQueue) -> None:
    store.gate.acquire()
    late = gevent.spawn(committer.insert, message("A1"), 0.05)
    late.join(2.0)
    assert late.value.result == UNKNOWN
    store.gate.release()
    assert committer.insert(message("A1")).result == DURABLE, "the same id again"
    assert store.count() == 1


def test_a_killed_waiter_does_no_harm(committer: Committer, store: SlowQueue) -> None:
    store.gate.acquire()
    waiter = gevent.spawn(committer.insert, message("A1"))
    gevent.sleep(0.05)
    waiter.kill()
    store.gate.release()
    assert committer.insert(message("A2")).result == DURABLE
    assert store.count() == 2


def test_full_disk_refuses_mail_and_settles(committer: Committer, store: SlowQueue) -> None:
    committer.insert(message("A1"))
    grant = store.claim("n")

    def full(ops: Sequence[Op]) -> None:
        if any(isinstance(op, Insert) for op in ops):
            raise QueueFull("full")

    blocker = hold(store, committer)
    store.fail = full
    mail = gevent.spawn(committer.insert, message("A2"))
    settling = gevent.spawn(committer.apply, [Apply(grant, Settle("A1", remove=True))])
    gevent.sleep(0.01)
    store.gate.release()
    gevent.joinall([blocker, mail, settling])
    assert isinstance(mail.exception, QueueFull)
    assert settling.value[0].result == DURABLE
    assert isinstance(blocker.exception, QueueFull)
    store.fail = lambda ops: None
    assert committer.insert(message("A2")).result == DURABLE


def test_death_of_the_writer(committer: Committer, store: SlowQueue, deaths: list[BaseException]) -> None:
    def die(ops: Sequence[Op]) -> None:
        raise Fatal("input/output error")

    store.fail = die
    assert committer.insert(message("A1")).result == UNKNOWN
    gevent.sleep(0)
    assert len(deaths) == 1
    assert isinstance(deaths[0], Fatal)
    assert committer.insert(message("A2")).result == REFUSED


def test_close_writes_what_waits(store: SlowQueue) -> None:
    committer = Committer(store)
    blocker = hold(store, committer)
    started = []

    def insert(number: int) -> None:
        started.append(number)
        committer.insert(message(f"A{number}"))

    waiting = [gevent.spawn(insert, number) for number in range(300)]
    while len(started) < 300:
        gevent.sleep(0.001)
    gevent.spawn_later(0.05, store.gate.release)
    committer.close()
    gevent.joinall([blocker, *waiting])
    assert store.count() == 301
    assert committer.insert(message("A999")).result == REFUSED


def test_a_chore_runs_in_the_writers_thread(committer: Committer, store: SlowQueue) -> None:
    ran: list[int] = []
    committer.chore(lambda: ran.append(threading.get_ident()))
    deadline = time.monotonic() + 5
    while not ran and time.monotonic() < deadline:
        gevent.sleep(0.01)
    assert committer.insert(message("A1")).result == DURABLE
    assert set(ran) == store.threads != {threading.get_ident()}


def test_stager(committer: Committer, store: SlowQueue) -> None:
    stager = committer.stager("A1")
    for _ in range(3):
        assert stager(bytes(1 << 20)) == "A1"
    assert committer.insert(NewMessage(envelope("A1", 3 << 20), staged="A1")).result == DURABLE
    late = committer.stager("A1")
    late(b"x")
    with pytest.raises(StoreUnavailable):
        late(b"y")


def test_a_slice_is_written_while_the_next_is_received(committer: Committer, store: SlowQueue) -> None:
    blocker = hold(store, committer)
    stager = committer.stager("A2")
    stager(b"x")  # does not wait
    inserted = gevent.spawn(committer.insert, NewMessage(envelope("A2", 1), staged="A2"))
    gevent.sleep(0.01)
    assert not inserted.ready()
    store.gate.release()
    blocker.join()
    assert inserted.get().result == DURABLE


def test_a_message_whose_last_slice_is_missing_is_refused(committer: Committer) -> None:
    stager = committer.stager("A3")
    stager(b"x")
    committer.submit([Stage("A3", 5, b"y", 9e9)], 30.0, lambda job: None)
    assert committer.insert(NewMessage(envelope("A3", 2), staged="A3")).result == REFUSED


def test_over_lmdb(tmp_path: Path) -> None:
    queue = open_queue(tmp_path)
    marks: list[int] = []
    committer = Committer(queue, long_ids=True, mark=marks.append)
    grant = queue.claim("n")

    def client() -> None:
        for _ in range(10):
            queue_id = committer.mint()
            assert committer.insert(message(queue_id, bytes(3 << 20))).result == DURABLE
            assert committer.apply([Apply(grant, Settle(queue_id, remove=True))])[0].result == DURABLE

    gevent.joinall([gevent.spawn(client) for _ in range(5)], raise_error=True)
    deadline = time.monotonic() + 10
    while queue.sweep() and time.monotonic() < deadline:
        gevent.sleep(0.01)
    committer.close()
    assert marks[-1] == 0
    assert any(marks)
    assert queue.count() == 0
    assert queue.collect(0.0) == 0
    queue.close()


def test_what_one_turn_brings_is_one_transaction(committer: Committer, store: SlowQueue) -> None:
    store.batches.clear()
    done: list[Job] = []
    for number in range(20):
        committer.submit([Insert(message(f"A{number}"))], 30.0, done.append)
    while len(done) < 20:
        gevent.sleep(0.001)
    assert store.batches == [20]
