"""authkeeper - the parent of authd's checkers: forks them when the front asks, again when they die, kills those that hang.

The front drops root when it has begun to serve; who checks PAM must not. So one small process keeps root for it: it reads
nothing but one-letter orders of the front and has no other input. Everything ends with the front.

`S`, `K` and a slot's number (one byte each) start a checker, or kill the one that is there; another takes its place.
"""

from __future__ import annotations

import _socket
import ctypes
import os
import posix
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pymaster.model.authtask import MAX_MESSAGE, AuthSaid
from pymaster.server import unpatch
from pymaster.util import log

START, KILL = b"S", b"K"
# A checker that ended sooner than this after its start is not started again at once.
SHORT_LIFE = 1.0
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Ends:
    """The front's ends: the keeper's control socket and one socket a slot; `pid` is the keeper's."""

    pid: int
    control: Any
    slots: list[Any]


class Relay:
    """A log sink: the front writes the lines."""

    def __init__(self, sock: Any) -> None:
        self.sock = sock

    def write(self, lines: list[log.Line]) -> None:
        """Hand lines over; what does not fit is lost, as any log line may be."""
        texts = tuple([text[:2000] for _, text, _ in lines[:20]])
        try:
            self.sock.send(AuthSaid(texts).pack(), _socket.MSG_DONTWAIT)
        except OSError:
            return


def launch(work: Callable[[Any, Callable[[], None]], None], count: int) -> Ends:
    """Fork the keeper of `count` slots; `work(sock, bind)` is a checker's life, `bind` to be called after it changed its
    uid. Before any hub exists."""
    control, far_control = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    pairs = [_socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET) for _ in range(count)]
    for near, far in pairs:
        for sock in (near, far):
            sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDBUF, 2 * MAX_MESSAGE)
    log.flush()
    pid = posix.fork()
    if pid == 0:
        _child(far_control, [far for _, far in pairs], work)
    far_control.close()
    for _, far in pairs:
        far.close()
    return Ends(pid, control, [near for near, _ in pairs])


def _child(control: Any, socks: list[Any], work: Callable[[Any, Callable[[], None]], None]) -> None:
    """The keeper's life; does not return."""
    status = 1
    try:
        unpatch.unpatch()
        bind_to_parent()
        # Master's sockets are the front's alone: their end must be the front's end.
        kept = sorted([control.fileno(), *[sock.fileno() for sock in socks]])
        start = 3
        for fd in kept:
            os.closerange(start, fd)
            start = fd + 1
        os.closerange(start, _highest() + 1)
        # The log's descriptor was the front's.
        log.setup(log.StderrSink("authd"), log.LOG.tag)
        _name("authd-keeper")
        status = Keeper(control, socks, work).run()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


class Keeper:
    """The slots."""

    def __init__(self, control: Any, socks: list[Any], work: Callable[[Any, Callable[[], None]], None]) -> None:
        self.control, self.socks, self.work = control, socks, work
        # Slot -> (pid, pidfd, start); slots whose next start has to wait -> when.
        self.running: dict[int, tuple[int, int, float]] = {}
        self.waiting: dict[int, float] = {}
        self.poll = select.poll()
        self.poll.register(control.fileno(), select.POLLIN)

    def run(self) -> int:
        """Serve until the front is gone."""
        while True:
            timeout = None
            if self.waiting:
                timeout = max(min(self.waiting.values()) - time.monotonic(), 0.0) * 1000 + 1
            ready = {fd for fd, _ in self.poll.poll(timeout)}
            for slot, (_, pidfd, began) in list(self.running.items()):
                if pidfd in ready:
                    self.ended(slot, began)
            for slot in [slot for slot, at in self.waiting.items() if at <= time.monotonic()]:
                self.start(slot)
            if self.control.fileno() in ready:
                order = self.control.recv(2)
                if len(order) != 2 or order[1] >= len(self.socks):
                    self.end()
                    return 0
                self.obey(order[:1], order[1])

    def obey(self, letter: bytes, slot: int) -> None:
        """One order."""
        if letter == START and slot not in self.running and slot not in self.waiting:
            self.start(slot)
        elif letter == KILL and slot in self.running:
            os.kill(self.running[slot][0], signal.SIGKILL)

    def start(self, slot: int) -> None:
        """Fork a checker."""
        self.waiting.pop(slot, None)
        pid = posix.fork()
        if pid == 0:
            self.checker(slot)
        pidfd = os.pidfd_open(pid)
        self.poll.register(pidfd, select.POLLIN)
        self.running[slot] = (pid, pidfd, time.monotonic())

    def ended(self, slot: int, began: float) -> None:
        """A checker is gone: have another."""
        pid, pidfd, _ = self.running.pop(slot)
        self.poll.unregister(pidfd)
        os.close(pidfd)
        os.waitpid(pid, 0)
        now = time.monotonic()
        if now - began < SHORT_LIFE:
            self.waiting[slot] = now + SHORT_LIFE
        else:
            self.start(slot)

    def checker(self, slot: int) -> None:
        """The checker's side of the fork; does not return."""
        status = 1
        try:
            bind_to_parent()
            sock = self.socks[slot]
            self.control.close()
            for _, pidfd, _ in self.running.values():
                os.close(pidfd)
            for other, end in enumerate(self.socks):
                if other != slot:
                    end.close()
            _name("authd-checker")
            log.setup(Relay(sock), log.LOG.tag)
            self.work(sock, bind_to_parent)
            status = 0
        except Exception as exc:
            # Its text may hold what a client sent.
            log.error(f"checker ended: {type(exc).__name__}")
            traceback.print_tb(exc.__traceback__)
        finally:
            sys.stderr.flush()
            os._exit(status)

    def end(self) -> None:
        """The front is gone."""
        for pid, _, _ in self.running.values():
            os.kill(pid, signal.SIGKILL)


def bind_to_parent() -> None:
    """End with the parent; a change of uid takes this away, so it is called again after one."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _highest() -> int:
    return max([int(name) for name in os.listdir("/proc/self/fd")], default=3)


def _name(name: str) -> None:
    with open("/proc/self/comm", "w") as comm:
        comm.write(name[:15])
