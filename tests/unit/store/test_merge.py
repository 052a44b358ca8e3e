"""What a settlement and an administrator's verb make of a message."""

import pytest

from pymaster.model.status import bounced, deferred, sent
from pymaster.model.stored import DEFERRED, FORCE_EXPIRE, HOLD, INCOMING, WARNED, RecipientState, Settle, State
from pymaster.store import contract, merge

FRESH = State(INCOMING, 1000.0)
LATER = RecipientState(0, False, deferred("no route"))
DONE = RecipientState(0, True, sent("ok"))
FAILED = RecipientState(0, True, bounced("no such user"))


def test_first_outcome_is_news() -> None:
    change = merge.settle(FRESH, {}, Settle("A", (LATER,), State(DEFERRED, 2000.0, 1)))
    assert (change.results, change.state, change.repeat) == ([LATER], State(DEFERRED, 2000.0, 1), False)


def test_done_stays_done() -> None:
    for late in (LATER, FAILED, DONE):
        assert merge.settle(FRESH, {0: DONE}, Settle("A", (late,))) == merge.Change([], None, True)


def test_same_deferral_in_a_new_attempt_is_no_repeat() -> None:
    old = State(DEFERRED, 2000.0, 1)
    change = merge.settle(old, {0: LATER}, Settle("A", (LATER,), State(DEFERRED, 4000.0, 2)))
    assert (change.results, change.repeat) == ([], False)
    assert change.state == State(DEFERRED, 4000.0, 2)


def test_delay_warning_once() -> None:
    old = State(DEFERRED, 2000.0, 1)
    warned = State(DEFERRED, 2000.0, 1, WARNED)
    assert merge.settle(old, {}, Settle("A", state=warned)).state == warned
    assert merge.settle(warned, {}, Settle("A", state=warned)).repeat


def test_nothing_but_children_is_no_repeat() -> None:
    assert not merge.settle(FRESH, {}, Settle("A")).repeat


def test_older_attempt_does_not_win() -> None:
    assert merge.settle(State(DEFERRED, 9.0, 3), {}, Settle("A", state=State(DEFERRED, 5.0, 2))).state is None


def test_hold_wins() -> None:
    assert merge.settle(State(HOLD, 9.0), {}, Settle("A", state=State(DEFERRED, 5.0, 2))).state is None


def test_versions_are_the_stores() -> None:
    change = merge.settle(State(DEFERRED, 9.0, 1, FORCE_EXPIRE, 7), {}, Settle("A", state=State(DEFERRED, 5.0, 2)))
    assert change.state == State(DEFERRED, 5.0, 2, FORCE_EXPIRE, 7)


HELD = State(HOLD, 9.0, 2, 0, 4)


@pytest.mark.parametrize(
    ("old", "verb", "new"),
    [
        (FRESH, contract.HOLD, State(HOLD, 1000.0, 0, 0, 1)),
        (HELD, contract.HOLD, None),
        (HELD, contract.RELEASE, State(DEFERRED, 50.0, 2, 0, 5)),
        (FRESH, contract.RELEASE, None),
        (HELD, contract.REQUEUE, State(INCOMING, 50.0, 2, 0, 5)),
        (FRESH, contract.REQUEUE, State(INCOMING, 50.0, 0, 0, 1)),
        (FRESH, contract.EXPIRE, State(INCOMING, 50.0, 0, FORCE_EXPIRE, 1)),
        (HELD, contract.EXPIRE, State(HOLD, 9.0, 2, FORCE_EXPIRE, 5)),
        (State(HOLD, 9.0, 2, FORCE_EXPIRE), contract.EXPIRE, None),
        (FRESH, "unheard-of", None),
    ],
)
def test_verbs(old: State, verb: str, new: State | None) -> None:
    assert merge.administer(old, verb, 50.0) == new
