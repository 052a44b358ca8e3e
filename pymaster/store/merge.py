"""merge - what a settlement or an administrator's verb makes of a message: pure decisions, shared by every store.

Outcomes arrive twice, late and out of order (an agent outlives its qmgr, a commit's answer is lost), and an
administrator works beside the queue manager. The rules: a recipient once done stays done; hold is ended by an
administrator alone; an older attempt never overwrites a newer one; a settlement that changes nothing is a repeat, and
its children exist already (or have gone their way), so they are not inserted again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pymaster.model.stored import DEFERRED, FORCE_EXPIRE, HOLD, INCOMING, RecipientState, Settle, State
from pymaster.store import contract


@dataclass(slots=True)
class Change:
    """What is to be written: outcomes that are news, the new state (None: as it was), and whether this is a repeat."""

    results: list[RecipientState]
    state: State | None
    repeat: bool


def settle(old: State, known: Mapping[int, RecipientState], item: Settle) -> Change:
    """What `item` changes in a message whose state is `old` and whose outcomes so far are `known`."""
    results = [r for r in item.results if r.n not in known or (not known[r.n].done and known[r.n] != r)]
    state = None if item.state is None else _newer(old, item.state)
    given = bool(item.results) or item.state is not None
    return Change(results, state, given and not results and state is None)


def _newer(old: State, new: State) -> State | None:
    if (old.queue == HOLD and new.queue != HOLD) or new.attempts < old.attempts:
        return None
    flags = new.flags | (old.flags & FORCE_EXPIRE)
    state = State(new.queue, new.due, new.attempts, flags, old.version)
    return None if state == old else state


def administer(old: State, verb: str, due: float) -> State | None:
    """The state after a verb other than delete; None when it does not apply. Postfix: postsuper(1)."""
    version = old.version + 1
    if verb == contract.HOLD and old.queue != HOLD:
        return State(HOLD, old.due, old.attempts, old.flags, version)
    if verb == contract.RELEASE and old.queue == HOLD:
        return State(DEFERRED, due, old.attempts, old.flags, version)
    if verb == contract.REQUEUE:
        return State(INCOMING, due, old.attempts, old.flags, version)
    if verb == contract.EXPIRE and not old.flags & FORCE_EXPIRE:
        when = old.due if old.queue == HOLD else due
        return State(old.queue, when, old.attempts, old.flags | FORCE_EXPIRE, version)
    return None
