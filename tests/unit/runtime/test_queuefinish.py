"""The end of an attempt (whole runs are in test_queuedriver)."""

from typing import Any

import gevent

from pymaster.model.envelope import NOTIFY_SUCCESS, TRACE, VERIFY_ONLY, Envelope, Origin, Recipient
from pymaster.model.messages import BounceReport
from pymaster.model.status import bounced, deferred, sent
from pymaster.model.stored import DEFERRED, NewMessage, Settle
from pymaster.rules.schedule.retry import RetryRules
from pymaster.runtime.queueactive import ActiveMessage
from pymaster.runtime.queuefinish import Finisher
from pymaster.util.clock import ManualClock

CHILD = NewMessage(Envelope("D1", 0.0, b"", (Recipient(b"s@t"),), 1, Origin()), (b"x",))


class Here:
    """Stands for the settler, the bounce service and the committer."""

    def __init__(self) -> None:
        self.settled: list[tuple[Settle, bool]] = []
        self.asked: list[str] = []
        self.finisher = Finisher(RetryRules(), self, self, self, ManualClock())  # type: ignore[arg-type]

    def add(self, message: ActiveMessage, settle: Settle, last: bool) -> None:
        self.settled.append((settle, last))

    def build(self, kind: str, envelope: Envelope, outcomes: Any, seed: str) -> BounceReport:
        self.asked.append(f"{kind} {seed}")
        return BounceReport(0, (CHILD,))

    def mint(self) -> str:
        return "N"


def message(*outcomes: Any, notify: int = 0, flags: int = 0) -> ActiveMessage:
    people = tuple(Recipient(b"a@b", notify=notify) for _ in outcomes)
    envelope = Envelope("A1", 1.7e9, b"s@t", people, 5, Origin(), flags=flags)
    made = ActiveMessage(envelope, None, list(range(len(people))), 1.7e9)
    made.take(list(range(len(people))), outcomes)
    return made


def test_success_is_removal_and_nothing_else() -> None:
    here = Here()
    here.finisher.finish(message(sent("ok"), sent("ok")))
    assert here.settled == [(Settle("A1", (), None, True, ()), True)]


def test_failure_and_deferral_in_one_settlement() -> None:
    here = Here()
    here.finisher.finish(message(bounced("no"), deferred("later")))
    gevent.sleep(0)
    ((settle, last),) = here.settled
    assert here.asked == ["failure N N"] and last and not settle.remove
    assert settle.children == (CHILD,)
    assert settle.state is not None and (settle.state.queue, settle.state.attempts) == (DEFERRED, 1)
    assert sorted((r.n, r.done) for r in settle.results) == [(0, True), (1, False)]


def test_parts_are_committed_once_and_failures_wait() -> None:
    here = Here()
    made = message(sent("ok"), bounced("no"))
    here.finisher.part(made)
    here.finisher.part(made)
    ((settle, last),) = here.settled
    assert [r.n for r in settle.results] == [0] and not last and settle.state is None


def test_a_mark_waits_for_its_notification() -> None:
    here = Here()
    made = message(sent("ok"), notify=NOTIFY_SUCCESS)
    here.finisher.part(made)
    assert here.settled == []
    here.finisher.finish(made)
    gevent.sleep(0)
    assert here.asked == ["success N N"] and here.settled[0][0].children == (CHILD,)


def test_dropped_mail_keeps_what_was_done() -> None:
    here = Here()
    made = message(sent("ok"), bounced("no"))
    made.dropped = True
    here.finisher.finish(made)
    ((settle, last),) = here.settled
    assert last and not settle.remove and [r.n for r in settle.results] == [0] and here.asked == []


def test_a_probe_ends_with_a_report() -> None:
    here = Here()
    here.finisher.finish(message(sent("ok"), bounced("no"), deferred("later"), flags=VERIFY_ONLY))
    gevent.sleep(0)
    assert here.asked == ["verify N N"]
    assert here.settled == [(Settle("A1", (), None, True, (CHILD,)), True)]


def test_traced_mail_is_reported_and_goes_its_way() -> None:
    here = Here()
    here.finisher.finish(message(sent("ok"), bounced("no"), deferred("later"), flags=TRACE))
    gevent.sleep(0)
    assert here.asked == ["failure N N", "verify N N"]
    assert not here.settled[0][0].remove
