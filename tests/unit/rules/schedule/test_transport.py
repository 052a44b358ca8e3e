"""One transport: charging for preemption, capacity. Whole runs are in test_scheduler."""

from pymaster.rules.schedule.limits import Limits, TransportLimits, default_window
from pymaster.rules.schedule.scheduler import REACHED, Routed, Scheduler


def many(count: int, prefix: str) -> list[Routed]:
    return [Routed(n, "smtp", f"{prefix}{n}", b"u@x") for n in range(count)]


def test_a_preempting_job_is_charged_in_full_and_refunded_for_what_it_did_not_use() -> None:
    scheduler = Scheduler(Limits(lambda name: TransportLimits(default_window(), 1)))
    scheduler.capacity("smtp", 1000)
    (big, *_), (small, second) = scheduler.add("big", many(100, "b"), 0.0), scheduler.add("small", many(2, "s"), 0.0)
    assert [e.message for e in scheduler.next(0.0, 1)] == ["big"]
    assert [e.message for e in scheduler.next(0.0, 1)] == ["small"]
    job = big.peer.job
    assert (job.slots, job.children) == (1 - 2 * 5, 1)
    rest = small if not small.busy else second
    assert scheduler.withdraw(rest)
    assert (job.slots, job.children) == (1 - 1 * 5, 0)
    assert [e.message for e in scheduler.next(0.0, 3)] == ["big"] * 3


def test_capacity_bounds_what_is_under_way() -> None:
    scheduler = Scheduler(Limits(lambda name: TransportLimits()))
    scheduler.capacity("smtp", 3)
    scheduler.add("m", many(10, "h"), 0.0)
    first = scheduler.next(0.0)
    assert len(first) == 3 and scheduler.next(0.0) == []
    scheduler.report(first[0], REACHED, 0.0)
    assert len(scheduler.next(0.0)) == 1


def test_withdraw_all() -> None:
    scheduler = Scheduler(Limits(lambda name: TransportLimits()))
    entries = scheduler.add("m", many(10, "h"), 0.0)
    assert set(scheduler.withdraw_all("smtp")) == set(entries)
    scheduler.capacity("smtp", 10)
    assert scheduler.next(0.0) == []
