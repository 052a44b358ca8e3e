"""The queue's contract, against the model and LMDB alike; names K1-K13 are the cases every store must pass."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pymaster.model.status import deferred, sent
from pymaster.model.stored import DEFERRED, FORCE_EXPIRE, HOLD, INCOMING, NewMessage, RecipientState, Settle, State
from pymaster.store import contract
from pymaster.store.contract import (
    DURABLE,
    GONE,
    LEASE_LOST,
    REFUSED,
    Admin,
    Apply,
    Grant,
    Insert,
    Op,
    Reserve,
    Stage,
    Unstage,
)
from pymaster.store.memory import MemoryQueue
from pymaster.store.queue import Queue
from tests.queues import AnyQueue, envelope, message, open_queue, rows


@pytest.fixture(params=["memory", "lmdb"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyQueue]:
    store = MemoryQueue() if request.param == "memory" else open_queue(tmp_path)
    yield store
    store.close()


def one(queue: AnyQueue, op: Op) -> str:
    return queue.commit([op])[0].result


def settle(grant: Grant, queue_id: str, *, remove: bool = False, **parts: object) -> Apply:
    return Apply(grant, Settle(queue_id, remove=remove, **parts))  # type: ignore[arg-type]


def done(n: int = 0) -> RecipientState:
    return RecipientState(n, True, sent("delivered to maildir"))


def later(n: int = 0, why: str = "connection refused") -> RecipientState:
    return RecipientState(n, False, deferred(why))


def test_fresh_message(queue: AnyQueue) -> None:
    assert one(queue, Insert(message("A1"))) == DURABLE
    stored = queue.load("A1")
    assert stored is not None
    assert stored.envelope == envelope("A1")
    assert (stored.state.queue, stored.state.due, stored.results) == (INCOMING, 1000.0, {})
    assert b"".join(queue.chunks("A1")) == b"hello"
    assert [(d.queue_id, d.due) for d in queue.due(1000.0)] == [("A1", 1000.0)]
    assert queue.due(999.9) == []
    assert queue.count() == 1


def test_gone(queue: AnyQueue) -> None:
    assert queue.load("A1") is None
    with pytest.raises(KeyError):
        list(queue.chunks("A1"))
    with pytest.raises(KeyError):
        queue.read("A1", 0, 1)
    assert one(queue, settle(queue.claim("n"), "A1", remove=True)) == GONE
    assert one(queue, Admin("A1", contract.DELETE)) == GONE


def test_body_must_be_whole(queue: AnyQueue) -> None:
    assert one(queue, Insert(NewMessage(envelope("A1", 6), (b"hello",)))) == REFUSED
    assert one(queue, Insert(NewMessage(envelope("A1", 6), staged="none"))) == REFUSED
    queue.commit([Stage("A1", 0, b"hello", 9e9)])
    assert one(queue, Insert(NewMessage(envelope("A1", 6), staged="A1"))) == REFUSED
    assert queue.count() == 0


@pytest.mark.parametrize("queue_id", ["", "a\0b", "a/b", "x" * 65, "a b"])
def test_bad_ids(queue: AnyQueue, queue_id: str) -> None:
    assert one(queue, Insert(message(queue_id))) == REFUSED


def test_batch_is_cut_between_messages(queue: AnyQueue) -> None:
    outcomes = queue.commit(
        [Insert(message("A1")), Insert(NewMessage(envelope("A2", 9), (b"x",))), Insert(message("A3"))]
    )
    assert [o.result for o in outcomes] == [DURABLE, REFUSED, DURABLE]
    assert [s.envelope.queue_id for s in queue.scan()] == ["A1", "A3"]


def test_reserved_numbers_are_apart(queue: AnyQueue) -> None:
    first, second = (o.numbers for o in queue.commit([Reserve(10), Reserve(5)]))
    assert (len(first), len(second)) == (10, 5)
    assert not set(first) & set(second)


def test_k2_same_id_twice(queue: AnyQueue) -> None:
    assert one(queue, Insert(message("A1", b"first"))) == DURABLE
    assert one(queue, Insert(message("A1", b"again"))) == DURABLE
    assert b"".join(queue.chunks("A1")) == b"first"
    assert len(queue.due(9e9)) == 1


def test_k2_same_staged_id_twice(queue: AnyQueue) -> None:
    queue.commit([Stage("A1", 0, b"hello", 9e9)])
    insert = Insert(NewMessage(envelope("A1"), staged="A1"))
    assert [one(queue, insert), one(queue, insert)] == [DURABLE, DURABLE]
    assert b"".join(queue.chunks("A1")) == b"hello"


def test_k3_stale_epoch_for_every_settlement(queue: AnyQueue) -> None:
    old = queue.claim("one")
    queue.commit([Insert(message("A1"))])
    new = queue.claim("two")
    before = queue.load("A1")
    for op in (
        settle(old, "A1", remove=True),
        settle(old, "A1", results=(done(),)),
        settle(old, "A1", state=State(DEFERRED, 5.0, 1), children=(message("C1"),)),
    ):
        assert one(queue, op) == LEASE_LOST
    assert queue.load("A1") == before
    assert queue.count() == 1
    assert one(queue, settle(new, "A1", remove=True)) == DURABLE


def test_k6_settle_twice_is_once(queue: AnyQueue) -> None:
    grant = queue.claim("n")
    queue.commit([Insert(message("A1", recipients=2))])
    op = settle(grant, "A1", results=(done(0), later(1)), state=State(DEFERRED, 2000.0, 1), children=(message("C1"),))
    assert one(queue, op) == DURABLE
    after = queue.load("A1")
    queue.commit([settle(grant, "C1", remove=True)])
    assert one(queue, op) == DURABLE
    assert queue.load("A1") == after
    assert queue.load("C1") is None, "a repeat brought a delivered child back"


def test_k6_settle_out_of_order(queue: AnyQueue) -> None:
    grant = queue.claim("n")
    queue.commit([Insert(message("A1"))])
    first = settle(grant, "A1", results=(later(0, "first"),), state=State(DEFERRED, 2000.0, 1))
    second = settle(grant, "A1", results=(done(0),), state=State(DEFERRED, 3000.0, 2))
    queue.commit([second])
    queue.commit([first])
    stored = queue.load("A1")
    assert stored is not None
    assert stored.state == State(DEFERRED, 3000.0, 2)
    assert stored.results[0] == done(0)
    assert [d.due for d in queue.due(9e9)] == [3000.0]


def test_k7_child_is_inserted_with_the_mark_or_not_at_all(queue: AnyQueue) -> None:
    grant = queue.claim("n")
    queue.commit([Insert(message("A1"))])
    bad = NewMessage(envelope("D1", 99), (b"short",))
    assert one(queue, settle(grant, "A1", remove=True, children=(message("D2"), bad))) == REFUSED
    assert [s.envelope.queue_id for s in queue.scan()] == ["A1"]
    good = settle(grant, "A1", remove=True, children=(message("D1"),))
    assert [one(queue, good), one(queue, good)] == [DURABLE, GONE]
    assert [s.envelope.queue_id for s in queue.scan()] == ["D1"]


def test_no_such_recipient(queue: AnyQueue) -> None:
    queue.commit([Insert(message("A1"))])
    assert one(queue, settle(queue.claim("n"), "A1", results=(done(1),))) == REFUSED


def test_k10_due_finds_everything_by_paging(queue: AnyQueue) -> None:
    queue.commit([Insert(message(f"A{n:03}", arrival=1000.0 + n % 7)) for n in range(100)])
    found, after = [], None
    while page := queue.due(9e9, after, 9):
        found += [d.queue_id for d in page]
        after = (page[-1].due, page[-1].queue_id)
    assert len(found) == len(set(found)) == 100


def test_k11_paging_under_inserts(queue: AnyQueue) -> None:
    queue.commit([Insert(message(f"M{n:03}")) for n in range(0, 100, 2)])
    found, after, extra = [], "", iter(range(1, 100, 2))
    while page := queue.scan(after, 7):
        found += [s.envelope.queue_id for s in page]
        after = page[-1].envelope.queue_id
        queue.commit([Insert(message(f"M{next(extra):03}"))])
    assert found == sorted(set(found))
    assert {f"M{n:03}" for n in range(0, 100, 2)} <= set(found)


SIZES = [0, 1, 65_515, 65_516, 65_517, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 5 << 20]


@pytest.mark.parametrize("size", SIZES)
def test_k12_body_bytes(queue: AnyQueue, size: int) -> None:
    body = random.Random(size).randbytes(size)
    queue.commit([Insert(message("A1", body))])
    for start in range(0, size, 900_001):
        queue.commit([Stage("S1", start // 900_001, body[start : start + 900_001], 9e9)])
    staged = queue.commit([Insert(NewMessage(envelope("A2", size), staged="S1"))])[0].result
    assert staged == (DURABLE if size else REFUSED)
    for queue_id in ("A1", "A2")[: 1 + bool(size)]:
        found = hashlib.sha256()
        for block in queue.chunks(queue_id):
            assert len(block) <= 65_536
            found.update(block)
        assert found.digest() == hashlib.sha256(body).digest()
        for offset in {0, 1, size // 2, max(size - 1, 0), size, size + 1}:
            assert queue.read(queue_id, offset, 100_000) == body[offset : offset + 100_000]
    assert queue.verify() == []


def test_k13_clock_back_one_hour(queue: AnyQueue) -> None:
    queue.commit([Insert(message("A1", arrival=7200.0)), Insert(message("A2", arrival=3600.0))])
    assert [d.queue_id for d in queue.due(3600.0)] == ["A2"]
    assert [d.queue_id for d in queue.due(7200.0)] == ["A2", "A1"]


def test_staging(queue: AnyQueue) -> None:
    assert one(queue, Stage("S", 1, b"x", 9e9)) == REFUSED
    assert one(queue, Stage("S", 0, b"ab", 9e9)) == DURABLE
    assert one(queue, Stage("S", 0, b"ab", 9e9)) == DURABLE
    assert one(queue, Stage("S", 1, b"cd", 9e9)) == DURABLE
    assert one(queue, Stage("S", 3, b"cd", 9e9)) == REFUSED
    assert one(queue, Stage("S", 2, bytes((1 << 20) + 1), 9e9)) == REFUSED
    assert one(queue, Insert(NewMessage(envelope("A1", 4), staged="S"))) == DURABLE
    assert one(queue, Stage("S", 2, b"ef", 9e9)) == REFUSED, "a reservation that became a message takes no more"
    assert one(queue, Insert(NewMessage(envelope("A2", 4), staged="S"))) == REFUSED
    assert b"".join(queue.chunks("A1")) == b"abcd"


def test_unstage_and_expiry(queue: AnyQueue) -> None:
    queue.commit([Stage("S1", 0, b"x", 100.0), Stage("S2", 0, b"x", 200.0)])
    assert [one(queue, Unstage("S1")), one(queue, Unstage("S1"))] == [DURABLE, GONE]
    assert queue.collect(150.0) == 0
    assert queue.collect(200.0) == 1
    assert one(queue, Insert(NewMessage(envelope("A2", 1), staged="S2"))) == REFUSED


def test_hold_and_release(queue: AnyQueue) -> None:
    queue.commit([Insert(message("A1")), Insert(message("A2", hold=True))])
    assert [d.queue_id for d in queue.due(9e9)] == ["A1"]
    assert one(queue, Admin("A1", contract.HOLD)) == DURABLE
    assert one(queue, Admin("A1", contract.HOLD)) == REFUSED
    assert queue.due(9e9) == []
    assert [s.envelope.queue_id for s in queue.scan(queue=HOLD)] == ["A1", "A2"]
    assert one(queue, Admin("A2", contract.RELEASE, 500.0)) == DURABLE
    assert one(queue, Admin("A2", contract.RELEASE, 500.0)) == REFUSED
    assert [(d.queue_id, d.due) for d in queue.due(9e9)] == [("A2", 500.0)]
    assert [s.envelope.queue_id for s in queue.scan(queue=DEFERRED)] == ["A2"]


def test_hold_wins_over_a_delivery_under_way(queue: AnyQueue) -> None:
    grant = queue.claim("n")
    queue.commit([Insert(message("A1", recipients=2)), Admin("A1", contract.HOLD)])
    queue.commit([settle(grant, "A1", results=(done(0), later(1)), state=State(DEFERRED, 2000.0, 1))])
    stored = queue.load("A1")
    assert stored is not None
    assert (stored.state.queue, stored.remaining()) == (HOLD, [1])
    assert queue.due(9e9) == []


def test_expire_sticks(queue: AnyQueue) -> None:
    grant = queue.claim("n")
    queue.commit([Insert(message("A1")), Admin("A1", contract.EXPIRE, 10.0)])
    queue.commit([settle(grant, "A1", state=State(DEFERRED, 2000.0, 1))])
    stored = queue.load("A1")
    assert stored is not None
    assert stored.state.flags & FORCE_EXPIRE
    assert one(queue, Admin("A1", contract.EXPIRE)) == REFUSED


def test_requeue(queue: AnyQueue) -> None:
    queue.commit([Insert(message("A1", hold=True)), Admin("A1", contract.REQUEUE, 50.0)])
    assert [(d.queue_id, d.due) for d in queue.due(9e9)] == [("A1", 50.0)]


IDS = st.sampled_from(["A1", "A2", "A11", "B1", "B2"])
TIMES = st.sampled_from([0.0, 1.5, 1000.0, 1000.000001, 2000.25])
BODIES = st.sampled_from([b"", b"x", b"hello\n", b"y" * 70_000])


class SameAsModel(RuleBasedStateMachine):
    """Random operations against both stores; every answer and every view must agree."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="contract-"))
        self.real, self.model = open_queue(self.folder), MemoryQueue()
        self.grants = [Grant("nobody", 0)]

    def teardown(self) -> None:
        self.real.close()
        shutil.rmtree(self.folder)

    def both(self, *ops: Op) -> None:
        real, model = self.real.commit(ops), self.model.commit(ops)
        assert [(o.result, o.numbers) for o in real] == [(o.result, o.numbers) for o in model]

    @rule(queue_id=IDS, body=BODIES, when=TIMES, hold=st.booleans())
    def insert(self, queue_id: str, body: bytes, when: float, hold: bool) -> None:
        self.both(Insert(message(queue_id, body, when, 2, hold)))

    @rule(queue_id=IDS, name=st.sampled_from(["A1", "S1", "S2"]), size=st.sampled_from([0, 3, 6]))
    def insert_staged(self, queue_id: str, name: str, size: int) -> None:
        self.both(Insert(NewMessage(envelope(queue_id, size, recipients=2), staged=name)))

    @rule(name=st.sampled_from(["S1", "S2"]), seq=st.integers(0, 2), expires=TIMES)
    def stage(self, name: str, seq: int, expires: float) -> None:
        self.both(Stage(name, seq, b"abc", expires))

    @rule(name=st.sampled_from(["S1", "S2"]))
    def unstage(self, name: str) -> None:
        self.both(Unstage(name))
        while self.real.sweep():
            continue

    @rule(count=st.integers(1, 9))
    def reserve(self, count: int) -> None:
        self.both(Reserve(count))

    @rule()
    def claim(self) -> None:
        grant = self.real.claim("n")
        assert grant == self.model.claim("n")
        self.grants.append(grant)

    @rule(queue_id=IDS, results=st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=2), when=TIMES,
          attempts=st.integers(0, 3), child=st.sampled_from(["", "C1"]), how=st.sampled_from(["state", "remove", "none"]),
          old=st.booleans())  # fmt: skip
    def settle(
        self,
        queue_id: str,
        results: list[tuple[int, bool]],
        when: float,
        attempts: int,
        child: str,
        how: str,
        old: bool,
    ) -> None:
        grant = self.grants[-2 if old and len(self.grants) > 1 else -1]
        outcomes = tuple([done(n) if is_done else later(n) for n, is_done in results])
        state = State(DEFERRED, when, attempts) if how == "state" else None
        children = (message(child),) if child else ()
        self.both(Apply(grant, Settle(queue_id, outcomes, state, how == "remove", children)))
        while self.real.sweep():
            continue

    @rule(queue_id=IDS, verb=st.sampled_from(["hold", "release", "requeue", "delete", "expire"]), when=TIMES)
    def admin(self, queue_id: str, verb: str, when: float) -> None:
        self.both(Admin(queue_id, verb, when))
        while self.real.sweep():
            continue

    @rule(now=TIMES)
    def collect(self, now: float) -> None:
        assert self.real.collect(now) == self.model.collect(now)

    @rule()
    def reopen(self) -> None:
        self.real.close()
        self.real = open_queue(self.folder)

    @invariant()
    def same_views(self) -> None:
        assert self.real.count() == self.model.count()
        assert self.real.due(1999.0, limit=2) == self.model.due(1999.0, limit=2)
        assert self.real.due(9e9, (1000.0, "A2")) == self.model.due(9e9, (1000.0, "A2"))
        assert self.real.scan() == self.model.scan()
        for queue in (INCOMING, DEFERRED, HOLD):
            assert self.real.scan("A1", 3, queue) == self.model.scan("A1", 3, queue)
        for stored in self.model.scan():
            queue_id = stored.envelope.queue_id
            assert b"".join(self.real.chunks(queue_id)) == b"".join(self.model.chunks(queue_id))


TestSameAsModel = SameAsModel.TestCase
TestSameAsModel.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)


WRITER = """
import os, sys
sys.path.insert(0, sys.argv[3])
from pymaster.store.contract import Insert, Stage
from pymaster.model.stored import NewMessage
from pymaster.store.queue import Queue
from tests.queues import envelope, message
queue, n = Queue.open(sys.argv[1], create=True, floor=0), int(sys.argv[2])
while True:
    ids = [f"K{n + i}" for i in range(8)]
    n += 8
    ops = [Insert(message(i, i.encode() * 900)) for i in ids]
    ops.append(Stage(f"S{n}", 0, bytes(90000), 9e9))
    if any(outcome.result != "durable" for outcome in queue.commit(ops)):
        os._exit(3)
    os.write(1, (" ".join(ids) + "\\n").encode())
"""


@pytest.mark.slow
def test_k1_kill_during_group_commit(tmp_path: Path) -> None:
    """kill -9 at random moments: nothing acknowledged is lost, nothing is torn, the next writer goes on."""
    home, root = tmp_path / "queue", str(Path(__file__).resolve().parents[2])
    seed = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1 << 30)
    print(f"SEED={seed}")
    moment, acked = random.Random(seed), set()
    for number in range(36):
        command = [sys.executable, "-c", WRITER, str(home), str(number * 100_000), root]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            lines = [child.stdout.readline()]
            time.sleep(moment.random() * 0.05)
            child.send_signal(signal.SIGKILL)
            lines += child.stdout.read().split(b"\n")[:-1]
            assert child.wait() == -signal.SIGKILL
        acked |= {queue_id for line in lines for queue_id in line.decode().split()}
    queue = Queue.open(str(home), floor=0)
    assert len(acked) > 36 * 8
    for queue_id in acked:
        assert b"".join(queue.chunks(queue_id)) == queue_id.encode() * 900
    assert queue.verify() == []
    queue.collect(9.1e9)
    count = rows(queue)
    assert (count["msg"], count["rcpt"], count["corrupt"]) == (count["due"], 0, 0)
    assert count["body"] == count["msg"], "slices of reservations were left behind"
    queue.close()
