"""The queue manager at work, with a store in memory and agents that are functions."""

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from queueworld import Route, World, make

from pymaster.model.envelope import NOTIFY_SUCCESS
from pymaster.model.status import Status, bounced, deferred, sent
from pymaster.model.stored import DEFERRED, WARNED
from pymaster.rules.schedule.retry import RetryRules
from pymaster.rules.schedule.scheduler import LOST  # noqa: F401
from pymaster.store.contract import DELETE, EXPIRE, HOLD, Admin, QueueFull

WORLDS: list[World] = []


@pytest.fixture(autouse=True)
def end() -> Iterator[None]:
    yield
    while WORLDS:
        WORLDS.pop().driver.stop()


def world(*args: object, **kwargs: object) -> World:
    WORLDS.append(World(*args, **kwargs))  # type: ignore[arg-type]
    return WORLDS[-1]


def test_delivers_and_removes_in_one_commit() -> None:
    w = world()
    w.insert(make("A1", [b"a@x"]))
    w.settle()
    assert w.store.count() == 0
    assert w.driver.active == {} and w.driver.recipients == 0
    assert w.log == "A1: from=<from@here>, size=5, nrcpt=1 (queue active)\nA1: removed\n"
    assert w.committer.batches == [1]


@pytest.mark.parametrize("outcome", [sent("ok"), deferred("later")])
def test_a_settled_message_leaves_no_cycles(outcome: Status) -> None:
    w = world()
    w.agent = lambda request: [outcome]
    w.insert(*[make(f"A{n}", [b"a%d@x" % n]) for n in range(20)])
    w.settle()
    gc.collect()
    gc.disable()
    try:
        w.insert(*[make(f"B{n}", [b"a%d@x" % n]) for n in range(50)])
        w.settle()
        assert gc.collect() < 50
    finally:
        gc.enable()


def test_mail_without_a_hint_is_found() -> None:
    w = world()
    w.settle()
    w.insert(make("A1", [b"a@x"]), hint=False)
    w.settle(5.0)
    assert w.store.count() == 0


def test_restart_delivers_what_was_active() -> None:
    w = world()
    w.agent = lambda request: None
    w.insert(*[make(f"A{n}", [b"a@x"]) for n in range(10)])
    w.settle()
    w.driver.stop()
    w.agent = lambda request: [sent("ok")]
    w.driver = w.new_driver()
    w.settle()
    assert w.store.count() == 0


def test_deferred_mail_is_retried_at_its_due_time() -> None:
    w = world()
    w.agent = lambda request: [deferred("later", "4.4.1")]
    w.insert(make("A1", [b"a@x"]))
    w.settle()
    stored = w.store.load("A1")
    assert stored is not None and stored.state.queue == DEFERRED
    assert stored.state.due == w.clock.now() + 300
    assert stored.results[0].status.reason == "later"
    w.agent = lambda request: [sent("ok")]
    w.settle(299.0)
    assert w.store.count() == 1
    w.settle(1.5)
    assert w.store.count() == 0


def test_only_recipients_that_are_not_done_are_tried_again() -> None:
    w = world()
    w.agent = lambda r: [sent("ok")] if r.nexthop == "good" else [deferred("no")]
    w.insert(make("A1", [b"a@good", b"b@bad"]))
    w.settle()
    assert w.store.load("A1").remaining() == [1]  # type: ignore[union-attr]
    w.requests.clear()
    w.agent = lambda r: [sent("ok")]
    w.settle(301.0)
    assert [r.indexes for _, r in w.requests] == [(1,)]
    assert w.requests[0][1].envelope.recipients[0].address == b"b@bad"
    assert w.store.count() == 0


def test_a_failure_and_its_notification_are_one_commit() -> None:
    w = world()
    w.agent = lambda r: [bounced("no such user", "5.1.1")] if r.envelope.sender else [sent("ok")]
    w.bounces.failing = 1
    w.insert(make("A1", [b"a@x", b"b@x"]))
    w.agent = lambda r: [bounced("no", "5.1.1")] * len(r.indexes) if r.envelope.sender else [sent("ok")]
    w.settle()
    import gevent

    gevent.sleep(0.25)
    w.settle()
    assert [(k, len(o)) for k, _, o in w.bounces.asked] == [("failure", 2), ("failure", 2)]
    assert len({seed for _, seed, _ in w.bounces.asked}) == 1
    assert w.store.count() == 0
    assert "D000001: removed" in w.log


def test_expired_mail_is_returned() -> None:
    w = world(rules=RetryRules(lifetime=1000.0))
    w.agent = lambda r: [deferred("timeout", "4.4.1")] if r.envelope.sender else [sent("ok")]
    w.insert(make("A1", [b"a@x"]))
    w.settle()
    for _ in range(6):
        w.settle(400.0)
    assert w.log.count("A1: from=<from@here>, status=expired, returned to sender") == 1
    assert [k for k, _, _ in w.bounces.asked] == ["failure"]
    assert w.store.count() == 0


def test_sender_is_warned_once() -> None:
    w = world(rules=RetryRules(warning=600.0))
    w.agent = lambda r: [deferred("timeout", "4.4.1")] if r.envelope.sender else [sent("ok")]
    w.insert(make("A1", [b"a@x"]))
    w.settle()
    for _ in range(8):
        w.settle(500.0)
    assert [k for k, _, _ in w.bounces.asked] == ["delay"]
    assert w.store.load("A1").state.flags & WARNED  # type: ignore[union-attr]


def test_success_notice_is_committed_with_the_mark() -> None:
    w = world()
    w.insert(make("A1", [b"a@x"], notify=NOTIFY_SUCCESS))
    w.settle()
    assert [k for k, _, _ in w.bounces.asked] == ["success"]
    assert w.store.count() == 0


def test_dead_agent_leads_to_another_delivery() -> None:
    w = world()
    w.agent = lambda r: None
    w.insert(make("A1", [b"a@x"]))
    w.settle()
    pool, item, _ = w.held.pop()
    w.agent = lambda r: [sent("ok")]
    pool.events.lost(item)
    w.settle()
    assert len(w.requests) == 2
    assert w.store.count() == 0


def test_mail_that_kills_agents_is_deferred() -> None:
    w = world()
    w.agent = lambda r: None
    w.insert(make("A1", [b"a@x"]))
    for _ in range(3):
        w.settle()
        pool, item, _ = w.held.pop()
        pool.events.lost(item)
    w.settle()
    assert w.store.load("A1").results[0].status.reason == "unknown mail transport error"  # type: ignore[union-attr]


def test_dead_destination_suspends_its_mail() -> None:
    w = world()
    w.blocked.add("smtp")
    w.agent = lambda r: [deferred("connect to x: Connection refused", "4.4.1")]
    w.insert(*[make(f"A{n}", [b"a@x"]) for n in range(20)])
    w.settle()
    assert len([1 for name, _ in w.requests if name == "smtp"]) <= 5
    reasons = {w.store.load(f"A{n}").results[0].status.reason for n in range(20)}  # type: ignore[union-attr]
    assert "delivery temporarily suspended: connect to x: Connection refused" in reasons
    assert w.driver.active == {}


def test_missing_transport_defers() -> None:
    w = world()
    w.missing.add("smtp")
    w.insert(make("A1", [b"a@x"]))
    w.settle()
    assert w.store.load("A1").results[0].status.reason == "mail transport unavailable"  # type: ignore[union-attr]
    assert "warning: connect to transport private/smtp: No such file or directory" in w.log


def test_missing_retry_service_is_done_without() -> None:
    w = world()
    w.missing |= {"smtp", "retry"}
    w.insert(make("A1", [b"a@x"]))
    w.settle()
    w.settle(1.0)
    assert "A1: to=<a@x>, relay=none, " in w.log
    assert "status=deferred (mail transport unavailable)" in w.log


def test_defer_transports_until_flushed() -> None:
    w = world("defer_transports = smtp")
    w.insert(make("A1", [b"a@x"]))
    w.settle()
    assert w.store.load("A1").results[0].status.reason == "deferred transport"  # type: ignore[union-attr]
    w.driver.flush()
    w.settle()
    assert w.store.count() == 0


def test_flush_tries_everything_once() -> None:
    w = world()
    w.agent = lambda r: [deferred("no")]
    w.insert(*[make(f"A{n}", [b"a@x"]) for n in range(30)])
    w.settle()
    w.requests.clear()
    w.driver.flush()
    w.settle()
    w.settle()
    assert len(w.requests) == 30


def test_flush_of_one_message() -> None:
    w = world()
    w.agent = lambda r: [deferred("no")]
    w.insert(make("A1", [b"a@x"]), make("A2", [b"a@x"]))
    w.settle()
    w.agent = lambda r: [sent("ok")]
    w.driver.flush("A2")
    w.settle()
    assert w.store.load("A2") is None and w.store.load("A1") is not None


def test_hold_and_delete_of_active_mail() -> None:
    w = world()
    w.agent = lambda r: None
    w.insert(make("A1", [b"a@x"]), make("A2", [b"a@x"]))
    w.settle()
    w.store.commit([Admin("A1", HOLD), Admin("A2", DELETE)])
    w.driver.changed(["A1", "A2"])
    for pool, item, _ in w.held:
        pool.events.lost(item)
    w.settle()
    assert w.driver.active == {}
    assert len(w.requests) == 2
    assert w.store.load("A1").state.queue == "hold"  # type: ignore[union-attr]
    w.settle(10_000.0)
    assert len(w.requests) == 2


def test_forced_expiry() -> None:
    w = world()
    w.agent = lambda r: [deferred("no")] if r.envelope.sender else [sent("ok")]
    w.insert(make("A1", [b"a@x"]))
    w.settle()
    w.store.commit([Admin("A1", EXPIRE, w.clock.now())])
    w.driver.changed(["A1"])
    w.settle()
    w.settle()
    assert "A1: from=<from@here>, status=force-expired, returned to sender" in w.log
    assert w.bounces.asked[0][2][0][1].reason == "message is administratively expired"


def test_double_bounce_sink() -> None:
    w = world()

    def resolve(sender: bytes, recipient: bytes) -> Route:
        route = Route("local", "here", recipient)
        route.final = True
        return route

    w.resolve = resolve
    w.insert(make("A1", [b"double-bounce@here"]))
    w.settle()
    assert "dsn=2.0.0, status=sent (undeliverable postmaster notification discarded)" in w.log
    assert w.requests == [] and w.store.count() == 0


def test_full_disk_is_waited_out() -> None:
    import gevent

    w = world()
    w.committer.failing = QueueFull("full")
    w.insert(make("A1", [b"a@x"]))
    w.settle()
    assert w.store.count() == 1
    w.committer.failing = None
    gevent.sleep(0.15)
    w.settle()
    assert w.store.count() == 0


def test_another_owner_ends_this_one() -> None:
    w = world()
    ends: list[Exception] = []
    w.driver.stopped = ends.append
    w.store.claim("other")
    w.insert(make("A1", [b"a@x"]))
    w.settle()
    assert len(ends) == 1
    assert w.store.count() == 1


def test_active_queue_is_bounded() -> None:
    w = world()
    w.parts.limits.active_messages = 10
    w.driver.stop()
    w.driver = w.new_driver()
    w.agent = lambda r: None
    w.insert(*[make(f"A{n:03}", [b"a@h%d" % n]) for n in range(100)], hint=False)
    w.settle(5.0)
    assert len(w.driver.active) == 10
    w.agent = lambda r: [sent("ok")]
    for pool, item, _ in w.held:
        pool.answer(item, _)
    for _ in range(30):
        w.settle(5.0)
    assert w.store.count() == 0


def test_drain_hands_out_nothing_more_and_settles_what_is_under_way() -> None:
    w = world()
    w.agent = lambda r: None
    w.insert(make("A1", [b"a@x"]))
    w.settle()
    w.driver.drain()
    w.insert(make("A2", [b"a@x"]))
    w.settle()
    assert len(w.requests) == 1
    assert not w.driver.finish(0.0)
    pool, item, request = w.held.pop()
    w.agent = lambda r: [sent("ok")]
    pool.answer(item, request)
    assert w.driver.finish(1.0)
    assert w.store.load("A1") is None and w.store.load("A2") is not None
