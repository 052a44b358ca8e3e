"""progress - how far long work has come, on the terminal of whoever waits for it; nothing where nobody looks."""

from __future__ import annotations

import sys

from pymaster.util.clock import SYSTEM, Clock

EVERY = 0.2


class Progress:
    """A line that is written over. `total` 0: not known."""

    def __init__(self, what: str, total: int = 0, clock: Clock = SYSTEM) -> None:
        self.what, self.total, self.clock = what, total, clock
        self.done = 0
        self._next = clock.monotonic() + EVERY
        self._shown = False
        self._terminal = sys.stderr.isatty()

    def step(self, count: int = 1) -> None:
        """So much more is done."""
        self.done += count
        if self._terminal and self.clock.monotonic() >= self._next:
            self._next = self.clock.monotonic() + EVERY
            self._shown = True
            of = f" of {self.total} ({100 * self.done // self.total}%)" if self.total else ""
            sys.stderr.write(f"\r{self.what}: {self.done}{of} ")
            sys.stderr.flush()

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
