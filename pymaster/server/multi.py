"""multi - the loop of a Multi service: a greenlet per connection on one gevent hub.

Accepts when a listener is readable, one connection a turn so that its sibling processes get theirs, up to the client
limit. Log lines of one turn are written together. The time between two waits is measured on every turn: a greenlet that
keeps the hub for long shows on the scoreboard.
"""

import _socket
import os
import signal
import socket
import time
from typing import Any

import gevent
import gevent.event
from gevent import socket as gsocket
from gevent.hub import get_hub

from pymaster.config.params.process import ProcessParams
from pymaster.model import control
from pymaster.server.accept import TRANSIENT, address, local_of, numberer
from pymaster.server.channel import Channel
from pymaster.server.faults import Faults
from pymaster.server.passed import take
from pymaster.server.skeleton import Connection, Multi
from pymaster.util import log, memory
from pymaster.util.errors import ConnectionLost, Fatal

READ = 1
# Out of descriptors: how long to leave the backlog alone.
ACCEPT_PAUSE = 1.0
# Seconds between two looks for garbage among old objects.
SWEEP = 30.0
# Greenlets that wait for a next connection: a new one for each costs 10 us and 16 KB from the system.
SPARE = 50
# Seconds between two looks at what may have changed since the start.
LOOK = 1.0


class MultiLoop:
    """One worker's state."""

    def __init__(self, service: Multi, order: control.Order, status: Any, listeners: list[socket.socket]) -> None:
        self.service, self.order = service, order
        process = service.snapshot[ProcessParams]
        self.limit = order.clients
        limited = process.max_use and not service.lasting
        # max_use is per client slot; a service without a limit of clients is measured as if it had the usual one.
        slots = order.clients or max(process.default_process_limit, 1)
        self.uses_left = process.max_use * slots if limited else -1
        self.max_idle = 0.0 if order.kept else process.max_idle
        self.hub = get_hub()
        self.loop = self.hub.loop
        self.channel = Channel(_socket.socket(fileno=status.detach()), getattr(log.LOG.sink, "fd", -1))
        self.sessions: dict[Any, Connection] = {}
        self.spare: list[Any] = []
        self.faults = Faults(service.clock)
        self.number = numberer()
        self.done = gevent.event.Event()
        self.exit_status = 0
        self.busy = False
        self.idle_since = time.monotonic()
        self.worst = 0
        self.turn_began = 0
        self.last_complaint = self.look_at = 0.0
        self.watchers: list[Any] = []
        self.status_watcher: Any = None
        for listener in listeners:
            raw = _socket.socket(fileno=listener.detach())
            raw.setblocking(False)
            watcher = self.loop.io(raw.fileno(), READ)
            self.watchers.append((watcher, raw))

    def run(self) -> int:
        """Serve until there is nothing more to do; returns the exit status."""
        log.LOG.on_first = self.flush_soon
        self.status_watcher = self.loop.io(self.channel.sock.fileno(), READ)
        self.status_watcher.start(self.on_status)
        self.measure()
        gevent.signal_handler(signal.SIGTERM, self.finish)
        try:
            self.service.start()
            for interval, function in self.service.every().items():
                gevent.spawn(self.periodic, interval, function)
            if self.max_idle:
                gevent.spawn(self.watch_idle)
            self.accept_all()
            memory.settle()
            memory.bound_pauses()
            gevent.spawn(self.periodic, SWEEP, memory.Sweeper().sweep)
            self.channel.ready(pid=os.getpid(), min_procs=self.service.min_procs)
            self.done.wait()
        finally:
            self.service.stop()
            log.flush()
        return self.exit_status

    def flush_soon(self) -> None:
        """The first line of a turn: all of the turn's lines are written together at its end."""
        self.loop.run_callback(log.flush)

    def measure(self) -> None:
        """Time each turn of the loop: from the end of one wait to the beginning of the next."""
        # gevent runs its own callbacks in a prepare watcher; ours must come after them, hence the priority.
        self.check, self.prepare = self.loop.check(ref=False, priority=2), self.loop.prepare(ref=False, priority=-2)
        self.check.start(self.turn_begins)
        self.prepare.start(self.turn_ends)

    def turn_begins(self) -> None:
        """The wait is over."""
        self.turn_began = time.monotonic_ns()

    def turn_ends(self) -> None:
        """About to wait."""
        if self.turn_began:
            gap = time.monotonic_ns() - self.turn_began
            if gap > self.worst:
                self.worst = gap
                control.SLOT.put(control.WORST_GAP, gap)

    def on_status(self) -> None:
        """Master said something, or is gone."""
        if self.channel.poll():
            self.drain()
        if self.channel.closed:
            log.flush()
            os._exit(1)

    def accept_all(self) -> None:
        """Take connections from now on."""
        for watcher, listener in self.watchers:
            watcher.start(self.on_readable, watcher, listener)

    def accept_none(self) -> None:
        """Leave connections in the backlog."""
        for watcher, _ in self.watchers:
            watcher.stop()

    def on_readable(self, watcher: Any, listener: Any) -> None:
        """Take one connection."""
        if self.is_outdated():
            return
        try:
            fd, raw_peer = listener._accept()
        except TRANSIENT:
            return
        except OSError as exc:
            self.accept_failed(exc)
            return
        sock = _socket.socket(listener.family, listener.type, listener.proto, fd)
        self.begin(Connection(sock, address(raw_peer), local_of(sock, listener.family), self.number(), gevent.spawn))

    def begin(self, conn: Connection) -> None:
        """One more session, in a greenlet that waits for one or in a new one."""
        conn.wrap = green
        if self.spare:
            greenlet = self.spare.pop()
            self.loop.run_callback(greenlet.switch, conn)
        else:
            greenlet = gevent.Greenlet(self.sessions_in_turn, conn)
            greenlet.start()
        self.sessions[greenlet] = conn
        if self.uses_left > 0:
            self.uses_left -= 1
        self.counted()

    def is_outdated(self) -> bool:
        """Whether a client should be left to our replacement; asks for one."""
        now = time.monotonic()
        if now < self.look_at:
            return False
        self.look_at = now + LOOK
        what = self.service.outdated()
        if what and not self.service.draining:
            log.info(f"{what} has changed -- restarting")
            self.channel.send(control.USED_UP)
            self.drain()
        return bool(what)

    def accept_failed(self, exc: OSError) -> None:
        """No descriptor left, or no memory: those who are here finish, the others wait in the backlog."""
        now = time.monotonic()
        if now - self.last_complaint > 60 or not self.last_complaint:
            self.last_complaint = now
            log.warning(f"accept: {exc.strerror}: new clients wait")
        self.accept_none()
        gevent.spawn_later(ACCEPT_PAUSE, self.counted)

    def counted(self) -> None:
        """The number of clients changed: tell the scoreboard, and master if we are full or no longer so."""
        clients = len(self.sessions)
        control.SLOT.put(control.CLIENTS, clients)
        if self.service.draining:
            if not clients:
                self.done.set()
            return
        full = bool(self.limit) and clients >= self.limit
        if full != self.busy:
            self.busy = full
            self.channel.send(control.BUSY if full else control.IDLE)
        if full:
            self.accept_none()
        else:
            self.accept_all()
        if self.uses_left == 0:
            self.channel.send(control.USED_UP)
            self.drain()

    def sessions_in_turn(self, conn: Connection) -> None:
        """A greenlet's life: one connection, and then whichever it is given."""
        me = gevent.getcurrent()
        while True:
            self.session(conn)
            if len(self.spare) >= SPARE:
                return
            del conn  # nothing of a client stays while we wait
            self.spare.append(me)
            conn = self.hub.switch()

    def session(self, conn: Connection) -> None:
        """One connection's life."""
        try:
            if self.order.type == "pass":
                take(conn)
            self.service.serve(conn)
        except (ConnectionLost, ConnectionError, gevent.GreenletExit):
            return  # the peer went away, or we are leaving
        except Fatal as exc:
            self.fail(exc)
        except Exception as exc:
            if self.faults.record(exc, self.service.name, conn.number):
                log.error("too many unexpected exceptions; starting afresh")
                self.exit_status = 1
                self.done.set()
        finally:
            conn.raw.close()
            self.sessions.pop(gevent.getcurrent(), None)
            control.SLOT.words[control.SLOT.base + control.SESSIONS] += 1
            if not self.sessions:
                self.idle_since = time.monotonic()
                if self.max_idle and not self.service.draining and self.service.spare():
                    self.channel.send(control.USED_UP)
                    self.drain()
            self.counted()

    def periodic(self, interval: float, function: Any) -> None:
        """One line of `every()`; a function that fails is logged and called again."""
        while not self.done.is_set():
            gevent.sleep(interval)
            try:
                function()
            except Fatal as exc:
                self.fail(exc)
            except Exception as exc:
                if self.faults.record(exc, f"{self.service.name}: periodic work"):
                    self.exit_status = 1
                    self.done.set()

    def fail(self, exc: Fatal) -> None:
        """The process cannot go on."""
        log.fatal(str(exc))
        self.exit_status = 1
        self.done.set()

    def watch_idle(self) -> None:
        """Leave after max_idle without a client."""
        while True:
            rest = self.max_idle - (time.monotonic() - self.idle_since)
            if self.sessions:
                rest = self.max_idle
            elif rest <= 0:
                self.channel.send(control.USED_UP)
                self.drain()
                return
            gevent.sleep(max(rest, 0.01))

    def drain(self) -> None:
        """Take nothing new; end with the last client."""
        if self.service.draining:
            return
        self.service.draining = True
        self.accept_none()
        self.service.drain()
        # Not at once: who was accepted in this very turn of the loop has not begun, and could not be told.
        self.loop.run_callback(self.tell)
        self.counted()

    def tell(self) -> None:
        """Let those who want to know hear that we are leaving."""
        for conn in list(self.sessions.values()):
            if conn.on_drain is not None:
                conn.on_drain()

    def finish(self) -> None:
        """SIGTERM: end now, in order."""
        self.service.draining = True
        self.accept_none()
        self.done.set()


def green(raw: Any) -> Any:
    """A gevent socket in the place of a plain one."""
    return gsocket.socket(raw.family, raw.type, raw.proto, fileno=raw.detach())


def run(service: Multi, order: control.Order, status: Any, listeners: list[socket.socket]) -> int:
    """The loop of a Multi worker; returns the exit status."""
    return MultiLoop(service, order, status, listeners).run()
