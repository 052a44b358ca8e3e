"""Scans: paging, lost hints, clocks set back, flushes."""

from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.stored import NewMessage, Stored
from pymaster.rules.schedule.admission import Admission
from pymaster.rules.schedule.retry import RetryRules
from pymaster.runtime.queueintake import PAGE, Intake
from pymaster.store.contract import HOLD, Admin, Insert
from pymaster.store.memory import MemoryQueue
from pymaster.util.clock import ManualClock


class Desk:
    def __init__(self, messages: int = 20000) -> None:
        self.clock, self.store, self.active = ManualClock(), MemoryQueue(), dict[str, int]()
        self.intake = Intake(self.store, Admission(messages), RetryRules(), self.clock, self.active.__contains__)
        self.intake.run()
        self.intake.scan()

    def put(self, *ids: str, due: float = 0.0) -> None:
        for queue_id in ids:
            arrival = self.clock.now() + due
            envelope = Envelope(queue_id, arrival, b"a@b", (Recipient(b"c@d"),), 1, Origin())
            self.store.commit([Insert(NewMessage(envelope, (b"x",)))])

    def all(self) -> list[str]:
        found = []
        while (got := self.intake.take(0, 0)) is not None:
            found.append(got.envelope.queue_id if isinstance(got, Stored) else got.queue_id)
        return found


def test_a_lost_hint_costs_seconds() -> None:
    desk = Desk()
    desk.put("A1")
    assert desk.intake.wait() > 0
    desk.clock.advance(4.5)
    assert desk.intake.wait() == 0
    desk.intake.scan()
    assert desk.all() == ["A1"]


def test_exact_due_times() -> None:
    desk = Desk()
    desk.put("A1", due=30.0)
    desk.intake.scan()
    assert desk.all() == []
    desk.clock.advance(27.0)
    desk.intake.scan()
    assert abs(desk.intake.wait() - 3.0) < 0.01
    desk.clock.advance(3.001)
    desk.intake.scan()
    assert desk.all() == ["A1"]


def test_pages_and_the_bound_of_the_active_queue() -> None:
    desk = Desk(messages=PAGE)
    desk.put(*[f"A{n:05}" for n in range(3 * PAGE)])
    desk.clock.advance(5.0)
    found: list[str] = []
    for _ in range(10):
        desk.intake.scan()
        assert len(desk.intake.admission) <= 2 * PAGE
        got = desk.all()
        found += got
        desk.active.update(dict.fromkeys(got, 1))
    assert sorted(found) == [f"A{n:05}" for n in range(3 * PAGE)]


def test_hints_of_known_and_finished_mail_are_ignored() -> None:
    desk = Desk()
    desk.active["A1"] = 1
    desk.intake.arrived("A1", None)
    desk.intake.finished("A2")
    desk.intake.arrived("A2", None)
    assert desk.all() == []


def test_held_mail_is_not_taken() -> None:
    desk = Desk()
    desk.put("A1")
    desk.store.commit([Admin("A1", HOLD)])
    desk.intake.offer("A1", force=True)
    assert desk.all() == []


def test_mail_not_due_is_taken_only_by_force() -> None:
    desk = Desk()
    desk.put("A1", due=100.0)
    desk.intake.offer("A1")
    assert desk.all() == []
    desk.intake.offer("A1", force=True)
    assert desk.all() == ["A1"] and desk.intake.flushing


def test_a_clock_set_back_does_not_park_mail_for_ever() -> None:
    desk = Desk()
    desk.put("A1", due=86400.0)
    desk.intake.run()
    desk.intake.scan()
    assert desk.all() == ["A1"]


def test_flush_takes_everything_once() -> None:
    desk = Desk()
    desk.put(*[f"A{n}" for n in range(20)], due=100.0)
    desk.intake.flush()
    desk.intake.scan()
    assert len(desk.all()) == 20
    assert desk.intake.wait() > 0
