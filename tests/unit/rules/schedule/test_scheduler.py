"""The scheduler as a whole: deterministic simulations with a clock turned by hand."""

from collections import deque
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.rules.schedule.limits import Limits, TransportLimits
from pymaster.rules.schedule.parts import Entry
from pymaster.rules.schedule.scheduler import BLOCKED, LOST, REACHED, Routed, Scheduler
from pymaster.rules.schedule.window import Feedback, WindowLimits


def make(**change: object) -> Scheduler:
    limits = TransportLimits(**change)  # type: ignore[arg-type]
    scheduler = Scheduler(Limits(lambda name: limits))
    scheduler.capacity("smtp", 1000)
    return scheduler


def wide(initial: int = 50, maximum: int = 50) -> WindowLimits:
    return WindowLimits(initial, maximum, Feedback("1"), Feedback("1"), 1)


def routes(count: int, hop: str = "", transport: str = "smtp") -> list[Routed]:
    return [Routed(n, transport, hop or f"h{n}", b"u%d@example" % n) for n in range(count)]


def drain(scheduler: Scheduler, at_once: int, now: float = 0.0) -> list[object]:
    """The messages in the order in which entries were handed out, `at_once` under way at a time."""
    order, busy = [], deque[Entry]()
    scheduler.capacity("smtp", at_once)
    while True:
        found = scheduler.next(now)
        order += [e.message for e in found]
        busy += found
        if not busy:
            return order
        scheduler.report(busy.popleft(), REACHED, now)


def test_recipients_are_batched_by_next_hop() -> None:
    scheduler = make(recipient_limit=3)
    entries = scheduler.add("m", [*routes(7, "a"), Routed(9, "smtp", "b", b"x@b")], 0.0)
    assert sorted(len(e.indexes) for e in entries) == [1, 1, 3, 3]
    got = scheduler.next(0.0)
    assert sorted(n for e in got for n in e.indexes) == [0, 1, 2, 3, 4, 5, 6, 9]
    assert {e.nexthop for e in got} == {"a", "b"}


def test_a_recipient_is_a_destination_where_the_limit_is_one() -> None:
    scheduler = Scheduler(Limits(lambda n: TransportLimits(window=wide(2, 2), recipient_limit=1)), "+")
    scheduler.capacity("local", 100)
    for n in range(5):
        scheduler.add(n, [Routed(0, "local", "here", b"ann@here"), Routed(1, "local", "here", b"ann+%d@here" % n)], 0.0)
    assert len(scheduler.next(0.0)) == 2
    assert set(scheduler.transports["local"].destinations) == {"ann@here"}


def test_concurrency_grows_from_5_to_20() -> None:
    scheduler = make()
    for n in range(200):
        scheduler.add(n, routes(1, "a"), 0.0)
    busy = deque(scheduler.next(0.0))
    widths = [len(busy)]
    for _ in range(60):
        scheduler.report(busy.popleft(), REACHED, 0.0)
        busy += scheduler.next(0.0)
        widths.append(len(busy))
    assert widths[0] == 5
    assert widths[-1] == max(widths) == 20
    assert all(b - a <= 1 for a, b in pairwise(widths))


def test_dead_site_is_suspended_and_comes_back() -> None:
    scheduler = make()
    for n in range(50):
        scheduler.add(n, routes(1, "dead"), 0.0)
    scheduler.add("other", routes(1, "well"), 0.0)
    busy = scheduler.next(0.0)
    assert "other" in [e.message for e in busy]
    sick = [e for e in busy if e.nexthop == "dead"]
    for entry in sick:
        scheduler.report(entry, BLOCKED, 1.0, "refused")
    suspended = scheduler.take_suspended(1000)
    assert len(suspended) + len(sick) == 50
    assert {e.reason for e in suspended} == {"refused"}
    scheduler.add("late", routes(1, "dead"), 2.0)
    assert [e.message for e in scheduler.take_suspended(1000)] == ["late"]
    assert scheduler.wake_at() == 301.0
    assert scheduler.next(301.0) == []
    scheduler.add("again", routes(1, "dead"), 301.0)
    assert [e.message for e in scheduler.next(301.0)] == ["again"]


def test_flush_revives_a_dead_site() -> None:
    scheduler = make(window=wide(1, 1))
    scheduler.add(1, routes(1, "a"), 0.0)
    scheduler.report(scheduler.next(0.0)[0], BLOCKED, 0.0, "x")
    scheduler.revive()
    scheduler.add(2, routes(1, "a"), 0.0)
    assert len(scheduler.next(0.0)) == 1


def test_lost_entry_waits_again_and_goes_first() -> None:
    scheduler = make(window=wide(1, 1))
    scheduler.add("first", routes(1, "a"), 0.0)
    scheduler.add("second", routes(1, "a"), 0.0)
    entry = scheduler.next(0.0)[0]
    scheduler.report(entry, LOST, 0.0)
    assert scheduler.next(0.0) == [entry]
    assert entry.lost == 1
    scheduler.report(entry, REACHED, 0.0)
    assert [e.message for e in scheduler.next(0.0)] == ["second"]


def test_small_mail_overtakes_a_list_mail_to_the_same_site() -> None:
    scheduler = make(recipient_limit=1, window=wide())
    scheduler.add("list", routes(1000, "a"), 0.0)
    for n in range(5):
        scheduler.add(f"small{n}", routes(1, "b"), 0.0)
    order = drain(scheduler, 10)
    assert len(order) == 1005
    assert max(order.index(f"small{n}") for n in range(5)) < 60
    assert order[0] == "list"


def test_small_mail_overtakes_within_one_destination() -> None:
    scheduler = make(recipient_limit=2, window=wide(5, 5))
    scheduler.add("list", routes(400, "a"), 0.0)
    scheduler.add("small", routes(1, "a"), 0.0)
    assert drain(scheduler, 100).index("small") < 10


def test_no_preemption_at_cost_zero() -> None:
    scheduler = make(recipient_limit=1, window=wide(), slot_cost=0)
    scheduler.add("list", routes(100, "a"), 0.0)
    scheduler.add("small", routes(1, "b"), 0.0)
    assert drain(scheduler, 10).index("small") == 100


def test_slowdown_is_bounded_by_k_over_k_minus_1() -> None:
    # Endless small mail and several middle-sized ones: the big job may take k/(k-1) of its own length, and a loan.
    cost = 5
    scheduler = make(recipient_limit=1, window=wide(), slot_cost=cost)
    scheduler.capacity("smtp", 10)
    scheduler.add("big", routes(500), 0.0)
    for n in range(20):
        scheduler.add(f"middle{n}", routes(20), 0.0)
    busy, order, n = deque[Entry](), [], 0
    while order.count("big") < 500:
        scheduler.add(f"small{n}", routes(1, f"s{n}"), float(n))
        n += 1
        found = scheduler.next(float(n))
        order += [e.message for e in found]
        busy += found
        scheduler.report(busy.popleft(), REACHED, float(n))
    assert len(order) <= 500 * cost / (cost - 1) + 40
    assert len(order) >= 500 * 1.1


def test_older_mail_of_more_recipients_is_not_starved_by_new_small_mail() -> None:
    scheduler = make(recipient_limit=1, window=wide())
    scheduler.capacity("smtp", 5)
    scheduler.add("big", routes(2000), 0.0)
    scheduler.add("ten", routes(10), 0.0)
    busy, order, now = deque[Entry](), [], 0.0
    while order.count("ten") < 10:
        now += 1.0
        if not now % 12:
            scheduler.add(f"small{now}", routes(1, f"s{now}"), now)
        found = scheduler.next(now)
        order += [e.message for e in found]
        busy += found
        scheduler.report(busy.popleft(), REACHED, now)
    assert len(order) < 500


def test_transports_take_turns() -> None:
    scheduler = make()
    scheduler.capacity("lmtp", 1000)
    scheduler.add(1, routes(4), 0.0)
    scheduler.add(2, routes(4, transport="lmtp"), 0.0)
    assert [e.transport for e in scheduler.next(0.0)] == ["smtp", "lmtp"] * 4


def test_destinations_of_one_job_take_turns() -> None:
    scheduler = make(recipient_limit=1, window=wide(5, 5))
    scheduler = Scheduler(Limits(lambda n: TransportLimits(recipient_limit=2, window=wide(5, 5))))
    scheduler.capacity("smtp", 100)
    scheduler.add("m", [Routed(n, "smtp", "ab"[n // 6], b"u%d" % n) for n in range(12)], 0.0)
    assert [e.nexthop for e in scheduler.next(0.0)] == ["a", "b"] * 3


def test_rate_delay_of_a_destination_and_of_a_transport() -> None:
    for change in ({"destination_delay": 10.0, "window": wide(1, 1)}, {"transport_delay": 10.0}):
        scheduler = make(**change)
        for n in range(3):
            scheduler.add(n, routes(1, "a"), 0.0)
        (entry,) = scheduler.next(0.0)
        scheduler.report(entry, REACHED, 2.0)
        assert scheduler.next(3.0) == []
        assert scheduler.wake_at() == 12.0
        (entry,) = scheduler.next(12.0)
        assert entry.message == 1


def test_one_slow_site_does_not_hold_up_others() -> None:
    scheduler = make()
    for n in range(5000):
        scheduler.add(n, routes(1, "slow"), 0.0)
    assert len(scheduler.next(0.0, 1000)) == 5
    scheduler.add("quick", routes(1, "other"), 0.0)
    assert [e.message for e in scheduler.next(0.0)] == ["quick"]


def test_wanting_names_transports_without_free_agents() -> None:
    scheduler = make()
    scheduler.capacity("smtp", 0)
    assert scheduler.wanting() == []
    scheduler.add(1, routes(2), 0.0)
    assert scheduler.next(0.0) == []
    assert scheduler.wanting() == ["smtp"]
    scheduler.capacity("smtp", 1)
    assert len(scheduler.next(0.0)) == 1
    assert scheduler.wanting() == ["smtp"]


def test_withdraw_takes_waiting_entries_only() -> None:
    scheduler = make(window=wide(1, 1))
    (first,) = scheduler.add(1, routes(1, "a"), 0.0)
    (second,) = scheduler.add(2, routes(1, "a"), 0.0)
    assert scheduler.next(0.0) == [first]
    assert not scheduler.withdraw(first)
    assert scheduler.withdraw(second)
    assert not scheduler.withdraw(second)
    scheduler.report(first, REACHED, 0.0)
    assert scheduler.next(0.0) == []


def test_idle_destinations_are_forgotten() -> None:
    scheduler = make()
    for n in range(5000):
        scheduler.add(n, routes(1, f"site{n}"), 0.0)
        scheduler.report(scheduler.next(0.0)[0], REACHED, 0.0)
    transport = scheduler.transports["smtp"]
    assert len(transport.destinations) <= 1000
    assert len(transport._heap) <= 1000


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 40), st.integers(0, 5)), max_size=60), st.integers(1, 12))
def test_every_entry_comes_out_once_and_limits_hold(steps: list[tuple[int, int, int]], capacity: int) -> None:
    scheduler = make(recipient_limit=2)
    scheduler.capacity("smtp", capacity)
    busy: list[Entry] = []
    alive: set[Entry] = set()
    now = 0.0
    for step, (action, count, which) in enumerate(steps):
        now += 1.0
        if action <= 2:
            alive |= set(scheduler.add(step, [Routed(n, "smtp", f"h{n * which % 7}", b"a") for n in range(count)], now))
        elif busy:
            entry = busy.pop(which % len(busy))
            outcome = {3: REACHED, 4: BLOCKED, 5: LOST}.get(action, REACHED)
            if outcome != LOST:
                alive.discard(entry)
            scheduler.report(entry, outcome, now, "why")
        busy += scheduler.next(now)
        for entry in scheduler.take_suspended(1000):
            alive.remove(entry)
        transport = scheduler.transports.get("smtp")
        assert transport is not None
        assert transport.busy == len(busy) <= capacity
        for d in transport.destinations.values():
            assert 0 <= d.busy <= 20
            assert d.waiting == sum(len(p.todo) for p in d.peers())
    while busy:
        now += 500.0
        entry = busy.pop()
        alive.remove(entry)
        scheduler.report(entry, REACHED, now)
        busy += scheduler.next(now)
        assert len(busy) == len(set(busy))
    assert not alive
    assert scheduler.transports["smtp"].waiting == 0 if "smtp" in scheduler.transports else True
