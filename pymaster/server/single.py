"""single - the loop of a Single service: one client at a time, blocking, no gevent.

Master's letters arrive as SIGIO, so that a ping is answered and master's death is noticed in the middle of a delivery
as well. A handler runs between two byte codes; a blocking call is resumed after it (PEP 475).
"""

import fcntl
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from pymaster.config.params.process import ProcessParams
from pymaster.model import control
from pymaster.server.accept import TRANSIENT, address, local_of, numberer
from pymaster.server.channel import Channel
from pymaster.server.faults import Faults
from pymaster.server.passed import take
from pymaster.server.skeleton import Connection, Service, Single
from pymaster.util import log, memory
from pymaster.util.errors import ConnectionLost, Fatal

ACCEPT_PAUSE = 1.0
FOREVER = 86400.0


class Terminated(BaseException):
    """SIGTERM: unwinds whatever is going on."""


class BlockingLoop:
    """What Single and Trigger share: master's letters, periodic work, idleness, the exit."""

    def __init__(self, service: Service, order: control.Order, status: Any, listeners: list[socket.socket]) -> None:
        self.service, self.order, self.listeners = service, order, listeners
        process = service.snapshot[ProcessParams]
        self.uses_left = process.max_use or -1
        self.max_idle = 0.0 if order.kept else process.max_idle
        self.channel = Channel(status, getattr(log.LOG.sink, "fd", -1))
        self.faults = Faults(service.clock)
        self.on_drain: Callable[[], None] | None = None
        self.periodic: list[tuple[float, float, Callable[[], None]]] = []
        self.exit_status = 0

    def handle(self, listener: socket.socket) -> bool:
        """A listener is readable; True if it was work that counts."""
        raise NotImplementedError

    def run(self) -> int:
        """Serve until there is nothing more to do; returns the exit status."""
        signal.signal(signal.SIGTERM, self.on_term)
        for listener in self.listeners:
            listener.setblocking(False)
        try:
            self.service.start()
            now = time.monotonic()
            self.periodic = [(now + seconds, seconds, work) for seconds, work in self.service.every().items()]
            self.watch_status()
            memory.settle()
            self.channel.ready(pid=os.getpid(), min_procs=self.service.min_procs)
            self.loop()
        except Terminated:
            self.exit_status = 0
        finally:
            self.service.stop()
            log.flush()
        return self.exit_status

    def on_term(self, *_: Any) -> None:
        """SIGTERM."""
        raise Terminated

    def watch_status(self) -> None:
        """Have the kernel send SIGIO for master's letters."""
        fd = self.channel.sock.fileno()
        signal.signal(signal.SIGIO, self.on_status)
        fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_ASYNC)
        self.on_status()

    def on_status(self, *_: Any) -> None:
        """Master said something, or is gone."""
        if self.channel.poll() and not self.service.draining:
            self.service.draining = True
            self.service.drain()
            if self.on_drain is not None:
                self.on_drain()
        if self.channel.closed:
            os._exit(1)

    def loop(self) -> None:
        """Wait, work, until drained, idle for too long, or used up."""
        poll = select.poll()
        by_fd = {listener.fileno(): listener for listener in self.listeners}
        # The status channel is polled as well: a drain must end the wait, and SIGIO alone resumes it.
        for fd in [*by_fd, self.channel.sock.fileno()]:
            poll.register(fd, select.POLLIN)
        idle_since = time.monotonic()
        while not self.service.draining and not self.exit_status:
            timeout = self.timeout(idle_since)
            if timeout is None or self.uses_left == 0:
                self.channel.send(control.USED_UP)
                return
            for fd, _ in poll.poll(timeout * 1000):
                listener = by_fd.get(fd)
                if listener is None:
                    self.on_status()
                elif self.handle(listener):
                    idle_since = time.monotonic()
                    self.uses_left -= 1 if self.uses_left > 0 else 0
                    break
            self.run_periodic()

    def timeout(self, idle_since: float) -> float | None:
        """Seconds that the next wait may take; None when the process has been idle for too long."""
        now = time.monotonic()
        until = now + FOREVER
        if self.max_idle:
            until = idle_since + self.max_idle
            if until <= now:
                return None
        return max(min([until, *[due for due, _, _ in self.periodic]]) - now, 0.0)

    def run_periodic(self) -> None:
        """Do what is due; a function that fails is logged and called again."""
        now = time.monotonic()
        for index, (due, seconds, work) in enumerate(self.periodic):
            if due <= now:
                self.periodic[index] = (now + seconds, seconds, work)
                self.protected(work, "periodic work")

    def protected(self, work: Callable[[], None], where: str, number: int = 0) -> None:
        """Call `work`; an unexpected exception is logged, and the fifth in a minute ends the process."""
        try:
            work()
        except (ConnectionLost, ConnectionError):
            return
        except Fatal:
            raise
        except Exception as exc:
            if self.faults.record(exc, f"{self.service.name}: {where}", number):
                log.error("too many unexpected exceptions; starting afresh")
                self.exit_status = 1


class SingleLoop(BlockingLoop):
    """One worker of a Single service."""

    service: Single

    def __init__(self, service: Single, order: control.Order, status: Any, listeners: list[socket.socket]) -> None:
        super().__init__(service, order, status, listeners)
        self.number = numberer()

    def handle(self, listener: socket.socket) -> bool:
        try:
            sock, raw_peer = listener.accept()
        except TRANSIENT:
            return False
        except OSError as exc:
            log.warning(f"accept: {exc.strerror}: new clients wait")
            time.sleep(ACCEPT_PAUSE)
            return False
        self.channel.send(control.BUSY)
        control.SLOT.put(control.CLIENTS, 1)
        conn = Connection(sock, address(raw_peer), local_of(sock, listener.family), self.number())
        self.protected(lambda: self.session(conn), "session", conn.number)
        control.SLOT.put(control.CLIENTS, 0)
        control.SLOT.put(control.SESSIONS, control.SLOT.get(control.SESSIONS) + 1)
        if not self.service.draining and self.uses_left != 1:
            self.channel.send(control.IDLE)
        return True

    def session(self, conn: Connection) -> None:
        """One connection's life."""
        self.on_drain = lambda: conn.on_drain() if conn.on_drain else None
        try:
            if self.order.type == "pass":
                take(conn)
            self.service.serve(conn)
        finally:
            self.on_drain = None
            conn.sock.close()


def run(service: Single, order: control.Order, status: Any, listeners: list[socket.socket]) -> int:
    """The loop of a Single worker; returns the exit status."""
    return SingleLoop(service, order, status, listeners).run()
