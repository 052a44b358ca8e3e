"""ailing - a directory or database that does not answer is left alone for a while, longer the longer it was waited for.

A checker that waits serves nobody, not even users of other back ends. So a server that hangs may take a third of its time
and no more: after T seconds in vain its questions are answered "nobody knows" for 2 T.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable

from pymaster.util.text import printable

# Seconds that it is left alone at least; and up to which a failure was none of waiting, so that a second try is worth it.
PAUSE, QUICK = 1.0, 0.5


class Ailing:
    """What is known of one server's health. `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until = self._began = 0.0

    def begin(self) -> bool:
        """A question begins; False when it is not to be asked now."""
        self._began = self._clock()
        return self._began >= self._until

    def quick(self) -> bool:
        """Whether what failed since `begin` failed at once, as a connection does that the other side had closed."""
        return self._clock() - self._began < QUICK

    def ill(self) -> None:
        """Nobody answered."""
        now = self._clock()
        self._until = now + max(PAUSE, 2 * (now - self._began))


def complaint(exc: BaseException) -> str:
    """What a library complains of, as one line for the log."""
    return printable(" ".join([word for word in re.split("[ \t\r\n]+", str(exc)) if word]), 200) or type(exc).__name__


def installed(package: str) -> bool:
    """Whether a package can be imported. It is not, for whoever reads the configuration is not the process that asks, and
    what the package takes from the standard library may be other things there (`server.unpatch`)."""
    return sys.modules[package] is not None if package in sys.modules else importlib.util.find_spec(package) is not None
