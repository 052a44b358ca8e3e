"""tickets - who logged in a moment ago, for whoever starts the user's session: redeemed once, within a minute.

A ticket is (client's pid, number of its AUTH, cookie of its connection), as in Dovecot's protocol. The cookie is a secret
of the connection, so one client cannot redeem, by guessing, what another was given.
"""

from __future__ import annotations

from dataclasses import dataclass

from pymaster.util.clock import SYSTEM, Clock

LIFE, MAX_TICKETS = 60.0, 50_000


@dataclass(slots=True)
class Admitted:
    """A user who may have a session."""

    user: str
    service: str
    until: float


class Tickets:
    """One process's open tickets."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self._clock = clock
        self._open: dict[tuple[int, int, str], Admitted] = {}

    def __len__(self) -> int:
        return len(self._open)

    def give(self, pid: int, number: int, cookie: str, user: str, service: str) -> None:
        """Note a login."""
        self.sweep()
        if len(self._open) >= MAX_TICKETS:
            del self._open[next(iter(self._open))]
        self._open.pop((pid, number, cookie), None)
        self._open[pid, number, cookie] = Admitted(user, service, self._clock.monotonic() + LIFE)

    def redeem(self, pid: int, number: int, cookie: str) -> Admitted | None:
        """Who logged in; None for a ticket that is unknown, used or too old."""
        found = self._open.pop((pid, number, cookie), None)
        return found if found is not None and found.until > self._clock.monotonic() else None

    def sweep(self) -> None:
        """Forget what is over: the oldest come first."""
        now = self._clock.monotonic()
        while self._open:
            key = next(iter(self._open))
            if self._open[key].until > now:
                return
            del self._open[key]
