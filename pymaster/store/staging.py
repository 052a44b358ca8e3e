"""staging - a large body on its way into the queue, slice by slice under a reservation.

A Stager is the `stage` that the cleanup pipeline is handed: called with the next slice it answers with the name of the
reservation. Each slice is its own transaction, so memory and lock times stay flat whatever the size of the message.

With a `begin` that does not wait, a slice is written while the next one is being received. What became of a slice is
then seen when the next one comes; of the last slice the Insert knows, which is refused unless the whole body is there.
The one who commits it must use the same writer, which keeps the order.
"""

from collections.abc import Callable

from pymaster.store.contract import DURABLE, UNKNOWN, Outcome, Stage, StoreUnavailable, Unstage
from pymaster.util.clock import SYSTEM, Clock

# Seconds that a reservation outlives its last slice: longer than any client may take between two.
TTL = 7200.0
Commit = Callable[[Stage | Unstage], Outcome]
Begin = Callable[[Stage], Callable[[], Outcome]]


class Stager:
    """One body. `commit` runs one operation and answers with its outcome; `begin`, if given, answers at once with a
    function that waits for the outcome. Both raise QueueFull."""

    __slots__ = ("_begin", "_clock", "_commit", "_seq", "_under_way", "name")

    def __init__(self, name: str, commit: Commit, clock: Clock = SYSTEM, begin: Begin | None = None) -> None:
        self.name, self._commit, self._clock, self._begin = name, commit, clock, begin
        self._seq = 0
        self._under_way: tuple[Stage, Callable[[], Outcome]] | None = None

    def __call__(self, data: bytes) -> str:
        """Store the next slice (at most 1 MB); the reservation's name. Raises QueueFull, StoreUnavailable."""
        self._settle()
        op = Stage(self.name, self._seq, data, self._clock.now() + TTL)
        self._seq += 1
        if self._begin is not None:
            self._under_way = op, self._begin(op)
        else:
            self._check(op, self._commit(op))
        return self.name

    def _settle(self) -> None:
        """Wait for the slice before."""
        if self._under_way is not None:
            op, wait = self._under_way
            self._under_way = None
            self._check(op, wait())

    def _check(self, op: Stage, outcome: Outcome) -> None:
        if outcome.result == UNKNOWN:
            outcome = self._commit(op)  # the same slice again does no harm
        if outcome.result != DURABLE:
            raise StoreUnavailable(f"cannot stage a message body: {outcome.result} {outcome.reason}")

    def drop(self) -> None:
        """The message was refused: give the room back. Best effort; `collect` finds what is left."""
        if self._seq:
            self._seq = 0
            self._commit(Unstage(self.name))
