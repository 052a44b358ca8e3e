"""authtickets - tickets that outlive their authd: a process that leaves (a reload) hands the open ones on in a small file.

Between a login at the old process and its redemption at the new one lie some milliseconds; without this the login would be
answered UNAVAILABLE. The file is private, holds no password, and is removed by who takes it up; what it says is over within a
minute anyway.
"""

from __future__ import annotations

import json
import os
import time

from pymaster.rules.auth.tickets import LIFE, Admitted, Tickets
from pymaster.util import log
from pymaster.util.clock import SYSTEM, Clock

MAX_SIZE = 1 << 20


class HandedTickets(Tickets):
    """Tickets of one process, and those of the one before it. `path` is the file; the same for all."""

    def __init__(self, path: str, clock: Clock = SYSTEM) -> None:
        super().__init__(clock)
        self._path, self._leaving = path, False

    def give(self, pid: int, number: int, cookie: str, user: str, service: str) -> None:
        super().give(pid, number, cookie, user, service)
        if self._leaving:
            self._hand_on({(pid, number, cookie): self._open[pid, number, cookie]})

    def redeem(self, pid: int, number: int, cookie: str) -> Admitted | None:
        if (pid, number, cookie) not in self._open and not self._leaving:
            self._take_up()
        return super().redeem(pid, number, cookie)

    def leave(self) -> None:
        """The process takes no new connection: who comes after it may be asked for what it has given."""
        self._leaving = True
        self._hand_on(self._open)

    def _hand_on(self, tickets: dict[tuple[int, int, str], Admitted]) -> None:
        lines = "".join(
            [json.dumps([*key, item.user, item.service, time.time()]) + "\n" for key, item in tickets.items()]
        )
        if not lines:
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            fd = os.open(self._path, flags, 0o600)
            try:
                os.write(fd, lines.encode())
            finally:
                os.close(fd)
        except OSError as exc:
            log.warning(f"{self._path}: {exc.strerror}: logins of this moment are lost")

    def _take_up(self) -> None:
        try:
            fd = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return  # there was nobody before us, or nothing was left
        try:
            text = os.read(fd, MAX_SIZE).decode("utf-8", "replace")
            os.unlink(self._path)
        except OSError as exc:
            log.warning(f"{self._path}: {exc.strerror}")
            return
        finally:
            os.close(fd)
        for line in text.split("\n"):
            self._add(line)

    def _add(self, line: str) -> None:
        try:
            pid, number, cookie, user, service, since = json.loads(line)
            left = LIFE - (time.time() - float(since))
            if 0 < left <= LIFE and type(pid) is type(number) is int:
                self._open[pid, number, str(cookie)] = Admitted(str(user), str(service), self._clock.monotonic() + left)
        except (ValueError, TypeError):
            return  # cut short, or not ours: such a ticket is not honoured
