"""The way of a large body: slices in order, repeated after an unknown outcome, dropped on refusal."""

from collections.abc import Callable

import pytest

from pymaster.store.contract import DURABLE, REFUSED, UNKNOWN, Op, Outcome, Stage, StoreUnavailable, Unstage
from pymaster.store.staging import TTL, Stager
from pymaster.util.clock import ManualClock


def stager(*results: str) -> tuple[Stager, list[Op]]:
    seen: list[Op] = []
    answers = iter(results)

    def commit(op: Stage | Unstage) -> Outcome:
        seen.append(op)
        return Outcome(next(answers))

    return Stager("S1", commit, ManualClock(now=1000.0)), seen


def test_slices_are_numbered() -> None:
    stage, seen = stager(DURABLE, DURABLE)
    assert [stage(b"a"), stage(b"b")] == ["S1", "S1"]
    assert seen == [Stage("S1", 0, b"a", 1000.0 + TTL), Stage("S1", 1, b"b", 1000.0 + TTL)]


def test_unknown_is_asked_again() -> None:
    stage, seen = stager(UNKNOWN, DURABLE, DURABLE)
    stage(b"a")
    stage(b"b")
    assert [op.seq for op in seen if isinstance(op, Stage)] == [0, 0, 1]


@pytest.mark.parametrize("results", [(REFUSED,), (UNKNOWN, UNKNOWN)])
def test_failure(results: tuple[str, ...]) -> None:
    stage, _ = stager(*results)
    with pytest.raises(StoreUnavailable):
        stage(b"a")


def test_drop() -> None:
    stage, seen = stager(DURABLE, DURABLE)
    stage.drop()
    assert seen == []
    stage(b"a")
    stage.drop()
    stage.drop()
    assert seen[1:] == [Unstage("S1")]


def test_ahead() -> None:
    seen: list[Op] = []
    answers = iter([UNKNOWN, DURABLE])

    def begin(op: Stage) -> Callable[[], Outcome]:
        seen.append(op)
        return lambda: Outcome(next(answers))

    stage = Stager("S1", lambda op: seen.append(op) or Outcome(DURABLE), ManualClock(now=1000.0), begin)
    stage(b"a")
    assert len(seen) == 1
    stage(b"b")
    assert [op.seq for op in seen if isinstance(op, Stage)] == [0, 0, 1]
    stage.drop()
    assert seen[-1] == Unstage("S1")


def test_ahead_failure_shows_with_the_next_slice() -> None:
    stage = Stager("S1", lambda op: Outcome(DURABLE), begin=lambda op: lambda: Outcome(REFUSED))
    stage(b"a")
    with pytest.raises(StoreUnavailable):
        stage(b"b")
