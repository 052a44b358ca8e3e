"""staging - a large body on its way into the queue, slice by slice under a reservation.

A Stager is the `stage` that the cleanup pipeline is handed: called with the next slice it answers with the name of the
reservation. Each slice is its own transaction, so memory and lock times stay flat whatever the size of the message.
"""

from collections.abc import Callable

from pymaster.store.contract import DURABLE, UNKNOWN, Outcome, Stage, StoreUnavailable, Unstage
from pymaster.util.clock import SYSTEM, Clock

# Seconds that a reservation outlives its last slice: longer than any client may take between two.
TTL = 7200.0


class Stager:
    """One body. `commit` runs one operation and answers with its outcome."""

    __slots__ = ("_clock", "_commit", "_seq", "name")

    def __init__(self, name: str, commit: Callable[[Stage | Unstage], Outcome], clock: Clock = SYSTEM) -> None:
        self.name, self._commit, self._clock = name, commit, clock
        self._seq = 0

    def __call__(self, data: bytes) -> str:
        """Store the next slice (at most 1 MB); the reservation's name. Raises QueueFull, StoreUnavailable."""
        op = Stage(self.name, self._seq, data, self._clock.now() + TTL)
        outcome = self._commit(op)
        if outcome.result == UNKNOWN:
            outcome = self._commit(op)  # the same slice again does no harm
        if outcome.result != DURABLE:
            raise StoreUnavailable(f"cannot stage a message body: {outcome.result} {outcome.reason}")
        self._seq += 1
        return self.name

    def drop(self) -> None:
        """The message was refused: give the room back. Best effort; `collect` finds what is left."""
        if self._seq:
            self._seq = 0
            self._commit(Unstage(self.name))
