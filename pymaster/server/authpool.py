"""authpool - the front's side of the checkers: a question goes to one that is free, and waits its turn when none is.

Checkers do one thing at a time. One that does not answer in time is killed (a PAM module that hangs must not take logins of
others with it), and its question is answered "nobody knows". More are started as they are needed.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace
from typing import Any

import gevent
import gevent.event

from pymaster.model.authtask import MAX_MESSAGE, TEMPORARY, AuthAnswer, AuthReady, AuthSaid, AuthTask
from pymaster.runtime.stream import Waiter
from pymaster.server.authkeeper import KILL, START, Ends
from pymaster.util import log
from pymaster.util.errors import DeadlineExceeded, Fatal
from pymaster.util.record import BadRecord, Record, decode, load_row

# Seconds for one answer, and questions that may wait.
DEADLINE, MAX_WAITING = 60.0, 1000


class _Slot:
    __slots__ = ("number", "ready_expected", "sock", "started", "waiter")

    def __init__(self, number: int, sock: Any) -> None:
        self.number, self.sock = number, sock
        sock.setblocking(False)
        self.waiter = Waiter(sock.fileno())
        self.started, self.ready_expected = False, True


class Pool:
    """All checkers of this process."""

    def __init__(self, ends: Ends, deadline: float = DEADLINE) -> None:
        self._control, self._deadline = ends.control, deadline
        self._control.setblocking(False)
        self._fresh = [_Slot(number, sock) for number, sock in enumerate(ends.slots)][::-1]
        self._all = list(self._fresh)
        self._free: list[_Slot] = []
        self._queue: deque[Any] = deque()
        self._number = 0

    def watch(self) -> None:
        """Wait for the keeper's end, which is ours: raises Fatal."""
        waiter = Waiter(self._control.fileno())
        while True:
            try:
                waiter.readable(time.monotonic() + 3600)
            except DeadlineExceeded:
                continue
            raise Fatal("the checkers' keeper is gone")

    def ask(self, task: AuthTask) -> AuthAnswer:
        """The answer to a question; TEMPORARY when there is none in time. Never raises."""
        until = time.monotonic() + self._deadline
        slot = self._take(until)
        if slot is None:
            return AuthAnswer(0, TEMPORARY, {}, task.user, "too many logins at once")
        self._number = self._number + 1 & 0x7FFFFFFF
        try:
            return self._exchange(slot, replace(task, number=self._number), until)
        finally:
            self._give(slot)

    def _take(self, until: float) -> _Slot | None:
        if self._free:
            return self._free.pop()
        if self._fresh:
            return self._fresh.pop()
        if len(self._queue) >= MAX_WAITING:
            return None
        turn: Any = gevent.event.AsyncResult()
        self._queue.append(turn)
        try:
            found: _Slot = turn.get(timeout=max(until - time.monotonic(), 0.0))
        except BaseException as exc:
            # A slot that came in the last moment must not be lost with us.
            if turn.ready():
                self._give(turn.get())
            else:
                self._queue.remove(turn)
            if isinstance(exc, gevent.Timeout):
                return None
            raise
        return found

    def _give(self, slot: _Slot) -> None:
        if self._queue:
            self._queue.popleft().set(slot)
        else:
            self._free.append(slot)

    def _exchange(self, slot: _Slot, task: AuthTask, until: float) -> AuthAnswer:
        lost = AuthAnswer(task.number, TEMPORARY, {}, task.user, "the checker ended")
        try:
            if not slot.started:
                slot.started = True
                self._order(START, slot)
            slot.sock.send(task.pack())
            while True:
                slot.waiter.readable(until)
                record = self._read(slot)
                if isinstance(record, AuthAnswer) and record.number == task.number:
                    return record
                if isinstance(record, AuthReady):
                    if not slot.ready_expected:
                        return lost
                    slot.ready_expected = False
        except DeadlineExceeded:
            log.warning("a checker does not answer; it is replaced")
            self._order(KILL, slot)
            slot.ready_expected = True
            return replace(lost, reason="the checker does not answer")
        except (OSError, BadRecord) as exc:
            log.warning(f"checker: {exc}")
            self._order(KILL, slot)
            slot.ready_expected = True
            return lost

    @staticmethod
    def _read(slot: _Slot) -> Record | None:
        try:
            data = slot.sock.recv(MAX_MESSAGE)
        except BlockingIOError:
            return None
        if not data:
            raise OSError("closed")
        record = decode(load_row(data))
        if isinstance(record, AuthSaid):
            for line in record.lines:
                log.emit(line)
        return record

    def _order(self, letter: bytes, slot: _Slot) -> None:
        try:
            self._control.send(letter + bytes([slot.number]))
        except OSError as exc:
            log.warning(f"keeper: {exc.strerror}")

    def close(self) -> None:
        """Give everything back; the keeper ends with its control socket."""
        self._control.close()
        for slot in self._all:
            slot.waiter.close()
            slot.sock.close()
