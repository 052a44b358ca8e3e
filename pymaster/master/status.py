"""status - what master knows of each worker's health: status channel, pings, scoreboard.

A ping is answered from the worker's event loop, so silence means a stopped, hanging or spinning process: first SIGABRT
(its stacks go to the log), then SIGKILL. Whoever holds the queue's writer lock for too long stops everybody's mail and
is killed at once; while the kernel reports it waiting for the disk it gets five times as long, for a kill would only
lose the work and start it again.
"""

import os
import signal
import socket
from dataclasses import dataclass

from pymaster.model import control
from pymaster.util.fds import send_fds

DISK_PATIENCE = 5
KILL_AFTER_ABORT = 2.0
# From fork to ready: tables and the queue are opened in this time.
START_LIMIT = 60.0


@dataclass(slots=True)
class Link:
    """One worker's status channel and slot. `silent_since` is the time of the oldest unanswered ping, 0 for none."""

    number: int
    sock: socket.socket
    slot: control.Slot
    index: int
    pid: int = 0
    ready: bool = False
    started: float = 0.0
    silent_since: float = 0.0
    aborted_at: float = 0.0
    ended_at: float = 0.0

    def tell(self, letter: bytes, fds: list[int] | None = None) -> None:
        """Say one letter. A full or broken channel is found by the watchdog or by the exit."""
        try:
            send_fds(self.sock, letter, fds or [])
        except OSError:
            return  # as said above

    def letters(self) -> list[bytes]:
        """What the worker said; b"" at the end of the list is the end of the channel."""
        found: list[bytes] = []
        while True:
            try:
                data = self.sock.recv(4096)
            except BlockingIOError:
                return found
            except OSError:
                data = b""
            found.append(data)
            if not data:
                return found

    @property
    def served(self) -> bool:
        """Whether the worker ever had a client."""
        return bool(self.slot.get(control.SESSIONS) or self.slot.get(control.CLIENTS))


class Board:
    """The scoreboard and who has which slot."""

    def __init__(self, slots: int = 1024) -> None:
        self.board = control.Scoreboard.create(slots)
        self.free = list(range(slots - 1, -1, -1))

    @property
    def fd(self) -> int:
        """The descriptor that workers get."""
        return self.board.fd

    def take(self) -> int:
        """A free slot; raises LookupError when there are too many workers."""
        if not self.free:
            raise LookupError("too many workers")
        index = self.free.pop()
        self.board.slot(index).clear()
        return index

    def give_back(self, index: int) -> None:
        """The worker of this slot is gone."""
        self.free.append(index)


class Watchdog:
    """Finds workers that are stuck. `check` is called a few times a second and returns (link, signal, reason)."""

    def __init__(self, interval: float, silence: float, write_limit: float) -> None:
        self.interval, self.silence, self.write_limit = interval, silence, write_limit
        self.next_ping = 0.0

    def check(self, links: list[Link], now: float) -> list[tuple[Link, int, str]]:
        """Ping who is to be pinged, and name who is to be ended; `now` is the monotonic clock in seconds."""
        found: list[tuple[Link, int, str]] = []
        ping = now >= self.next_ping
        if ping:
            self.next_ping = now + self.interval
        for link in links:
            if not link.pid:
                continue
            verdict = self.judge(link, now)
            if verdict is not None:
                found.append((link, *verdict))
            elif ping and link.ready and not link.aborted_at:
                link.silent_since = link.silent_since or now
                link.tell(control.PING)
        return found

    def judge(self, link: Link, now: float) -> tuple[int, str] | None:
        """What one worker deserves; None if it is well."""
        since = link.slot.get(control.WRITING_SINCE)
        if since and not link.aborted_at:
            held = now - since / 1e9
            if held > self.write_limit and (held > DISK_PATIENCE * self.write_limit or process_state(link.pid) != "D"):
                link.aborted_at = now
                return signal.SIGKILL, f"held the queue's writer lock for {held:.1f} s"
        if link.aborted_at:
            if now - link.aborted_at < KILL_AFTER_ABORT:
                return None
            link.aborted_at = now
            return signal.SIGKILL, "did not end"
        if not link.ready and now - link.started > START_LIMIT:
            link.aborted_at = now
            return signal.SIGABRT, f"was not ready after {START_LIMIT:.0f} s"
        if link.silent_since and now - link.silent_since > self.silence:
            link.aborted_at = now
            return signal.SIGABRT, f"did not answer for {now - link.silent_since:.0f} s"
        return None


def process_state(pid: int) -> str:
    """The kernel's letter for what a process does (proc(5)): R, S, D, T ...; "" if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read(512).rpartition(b")")[2].split()[0].decode("ascii")
    except (OSError, IndexError):
        return ""


def exists(pid: int) -> bool:
    """Whether there is such a process that is not a zombie."""
    return process_state(pid) not in ("", "Z", "X")


def end(pid: int, number: int) -> None:
    """Send a signal to a process that may be gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # gone already
