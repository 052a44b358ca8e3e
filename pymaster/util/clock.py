"""clock - the only clock of the house, and one that tests turn by hand.

Two readings: `now()` is wall time for people and for what rests on disk, `monotonic()` is for every wait.
"""

import time
from typing import Protocol


class Clock(Protocol):
    """Where time comes from; both readings are seconds as float."""

    def now(self) -> float: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's clock."""

    __slots__ = ()
    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)


class ManualClock:
    """A clock that stands still until a test moves it."""

    __slots__ = ("_mono", "_now")

    def __init__(self, now: float = 1_700_000_000.0, monotonic: float = 1000.0) -> None:
        self._now, self._mono = now, monotonic

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._mono

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass on both readings."""
        self._now += seconds
        self._mono += seconds

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock forward or back; the monotonic reading stays."""
        self._now += seconds


SYSTEM: Clock = SystemClock()
