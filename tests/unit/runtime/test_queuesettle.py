"""Outcomes on their way into the store."""

from typing import Any

import gevent
import pytest

from pymaster.model.envelope import Envelope, Origin
from pymaster.model.stored import NewMessage, Settle
from pymaster.runtime import queuesettle
from pymaster.runtime.queueactive import ActiveMessage
from pymaster.runtime.queuesettle import MAX_BATCH, Settler
from pymaster.store.contract import DURABLE, GONE, LEASE_LOST, UNKNOWN, Grant, Outcome, QueueFull
from pymaster.util import log


class Committer:
    """Answers with what `plan` says, then with DURABLE."""

    def __init__(self, *plan: Any) -> None:
        self.plan, self.batches = list(plan), []

    def mint(self) -> str:
        return "A"

    def apply(self, ops: list[Any]) -> list[Outcome]:
        self.batches.append([op.settle.queue_id for op in ops])
        gevent.sleep(0)
        step = self.plan.pop(0) if self.plan else DURABLE
        if isinstance(step, Exception):
            raise step
        return [Outcome(step)] * len(ops)


def run(count: int, *plan: Any) -> tuple[Committer, list[tuple[str, bool]], list[Exception]]:
    log.setup(log.MemorySink(), "test")
    committer, done, ends = Committer(*plan), [], []
    settler = Settler(
        committer, Grant("n", 1), lambda m, s, last, exists: done.append((s.queue_id, exists)), ends.append
    )
    message = ActiveMessage(Envelope("A", 0.0, b"", (), 0, Origin()), None, [], 0.0)
    for n in range(count):
        settler.add(message, Settle(f"A{n}"), True)
    for _ in range(100):
        gevent.sleep(0.005)
        if settler.idle or ends:
            break
    settler.close()
    return committer, done, ends


def test_what_waits_is_one_batch() -> None:
    committer, done, _ = run(MAX_BATCH + 3)
    assert [len(b) for b in committer.batches] == [MAX_BATCH, 3]
    assert done == [(f"A{n}", True) for n in range(MAX_BATCH + 3)]


def test_unknown_and_full_are_tried_again() -> None:
    committer, done, _ = run(1, UNKNOWN, QueueFull("full"))
    assert len(committer.batches) == 3 and done == [("A0", True)]


def test_gone_is_done() -> None:
    assert run(1, GONE)[1] == [("A0", False)]


def test_a_lost_lease_ends_the_queue_manager() -> None:
    _, done, ends = run(1, LEASE_LOST)
    assert done == [] and "another queue manager" in str(ends[0])


# A time to gather that a busy machine does not exceed between two lines of a test.
LONG = 0.2


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queuesettle, "GATHER", LONG)


def settle_in_turn(*steps: float | tuple[()]) -> list[list[str]]:
    """Settle a message after each pause (seconds); the batches that came of it."""
    committer = Committer()
    settler = Settler(committer, Grant("n", 1), lambda *args: None, lambda exc: None)
    envelope = Envelope("A", 0.0, b"", (), 0, Origin())
    message = ActiveMessage(envelope, None, [], 0.0)
    for n, pause in enumerate(steps):
        children = (NewMessage(envelope, ()),) if pause == () else ()
        gevent.sleep(pause or 0)
        settler.add(message, Settle(f"A{n}", children=children), True)
    gevent.sleep(LONG * 2)
    settler.close()
    return committer.batches


@pytest.mark.usefixtures("patient")
def test_a_batch_waits_for_more() -> None:
    assert settle_in_turn(0.0, LONG / 20, LONG / 20) == [["A0", "A1", "A2"]]
    assert settle_in_turn(0.0, LONG * 2) == [["A0"], ["A1"]]


@pytest.mark.usefixtures("patient")
def test_new_mail_does_not_wait() -> None:
    assert settle_in_turn(0.0, (), LONG / 20) == [["A0", "A1"], ["A2"]]


@pytest.mark.usefixtures("patient")
def test_flush_ends_the_gathering() -> None:
    committer = Committer()
    settler = Settler(committer, Grant("n", 1), lambda *args: None, lambda exc: None)
    settler.flush()
    settler.add(ActiveMessage(Envelope("A", 0.0, b"", (), 0, Origin()), None, [], 0.0), Settle("A0"), True)
    settler.flush()
    gevent.sleep(0)
    assert committer.batches == [["A0"]]
    settler.close()
