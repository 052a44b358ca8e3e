"""mailworkers - the spawner's side of one mail worker: its letters, its sessions, and whether it still answers.

Letters beyond those of `model.control`: S with a JSON object (a session began), E with its number (it ended); to the worker
K with a session id (end that session).
"""

import contextlib
import json
import os
import signal
from collections.abc import Callable
from typing import Any

from pymaster.model import control
from pymaster.util import log

SESSION, ENDED, KICK = b"S", b"E", b"K"
# Seconds between two pings, and how many may be unanswered before SIGABRT, then SIGKILL.
INTERVAL, MISSED, GRACE = 2.0, 3, 2.0
BLOCK = 65536


class Worker:
    """One process that the spawner forked. `status` and `handoff` are our ends of its two socket pairs."""

    __slots__ = (
        "aborted_at", "begun", "closed", "handoff", "key", "leaving", "on_event", "pid", "pinged_at",
        "sessions", "slot", "status", "uid", "unanswered", "waiting",
    )  # fmt: skip

    def __init__(self, key: tuple[int, int], pid: int, status: Any, handoff: Any, slot: int) -> None:
        self.key, self.uid, self.pid, self.slot = key, key[0], pid, slot
        self.status, self.handoff = status, handoff
        self.sessions: dict[str, dict[str, Any]] = {}
        # Clients handed over that it has said nothing about, and sessions that it has just begun, both by session id.
        self.waiting: dict[str, tuple[Any, Any]] = {}
        self.begun: set[str] = set()
        self.leaving = self.closed = False
        self.pinged_at = self.aborted_at = 0.0
        self.unanswered = 0
        self.on_event: Callable[[int], None] = lambda event: None

    def read(self) -> None:
        """Its letters."""
        while not self.closed:
            try:
                letter = self.status.recv(BLOCK)
            except BlockingIOError:
                return
            except OSError:
                letter = b""
            self.take(letter)

    def take(self, letter: bytes) -> None:
        """One letter; b"" is the end."""
        kind, rest = letter[:1], letter[1:]
        if not kind:
            self.closed = True
        elif kind == control.PONG:
            self.unanswered = 0
        elif kind == control.USED_UP:
            self.leaving = True
        elif kind == SESSION:
            facts = json.loads(rest)
            name = str(facts["session"])
            self.sessions[name] = facts
            if name in self.waiting:
                self.begun.add(name)
        elif kind == ENDED:
            self.sessions.pop(rest.decode("ascii", "replace"), None)

    def check(self, now: float) -> None:
        """Ping it; one that does not answer is made to dump its stacks, then killed."""
        if self.closed or now - self.pinged_at < INTERVAL:
            return
        self.pinged_at = now
        if self.aborted_at and now - self.aborted_at >= GRACE:
            self.kill(signal.SIGKILL)
        elif self.unanswered >= MISSED and not self.aborted_at:
            log.warning(f"mail worker pid {self.pid} of uid {self.uid} does not answer; killing it")
            self.aborted_at = now
            self.kill(signal.SIGABRT)
        self.unanswered += 1
        self.say(control.PING)

    def kill(self, number: int) -> None:
        """Send a signal; a stopped process must be woken to die."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
            os.kill(self.pid, signal.SIGCONT)

    def say(self, letter: bytes) -> None:
        """One letter; a full channel belongs to a worker that does not read, and `check` finds it."""
        try:
            self.status.send(letter)
        except BlockingIOError:
            return
        except OSError:
            self.closed = True

    def leave(self) -> None:
        """Have it take nothing new."""
        self.leaving = True
        self.say(control.DRAIN)

    def close(self) -> None:
        """Give our descriptors back."""
        self.status.close()
        self.handoff.close()
