"""spawner - the loop of the service that forks mail workers: one process per user's uid, with that user's rights.

The login stage hands over a client with a ticket; the ticket is redeemed at the authenticator, which answers who the user
is and where the mail lies; the client then goes to that user's worker, which is forked when there is none. This process
holds root and therefore does little: it parses frames of our own, reads no mail, has no hub and never blocks.

Workers live on when it ends (a reload, a kill): they finish their sessions and leave, and end at once when master does.
"""

import _socket
import os
import select
import time
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any

from gevent import monkey

from pymaster.config.params.mailbox import MailboxParams
from pymaster.model import control
from pymaster.model.frame import FrameReader, encode
from pymaster.model.mailplace import MailPlace
from pymaster.model.mailsession import MailAnswer, MailQuery, MailSession, MailWork
from pymaster.server import mailadmin, mailfork
from pymaster.server.accept import TRANSIENT
from pymaster.server.authlink import AuthLink
from pymaster.server.channel import Channel
from pymaster.server.mailworkers import KICK, Worker
from pymaster.server.skeleton import Spawner
from pymaster.util import log
from pymaster.util.fds import recv_fds, send_fds
from pymaster.util.record import BadRecord

# Seconds: for a login stage to say what it wants, and for the authenticator to answer; between two looks at workers.
PATIENCE, TICK = 10.0, 1.0
MAX_FRAME = 1 << 18
# How often a client is sent to a worker that turns out to be dead.
HANDOVERS = 3
_IN, _HANGUP = select.POLLIN, select.POLLHUP | select.POLLERR


class Caller:
    """One connection of a login stage or an administrator."""

    __slots__ = ("deadline", "fds", "moved", "reader", "session", "sock")

    def __init__(self, sock: Any, now: float) -> None:
        self.sock, self.deadline = sock, now + PATIENCE
        self.reader = FrameReader(MailSession, MailQuery)
        self.fds: list[int] = []
        self.session: MailSession | None = None
        # Whether a worker died with it before.
        self.moved = False


class SpawnerLoop:
    """The state of the spawner."""

    def __init__(self, service: Spawner, order: control.Order, status: Any, listeners: list[Any]) -> None:
        self.service, self.order, self.listeners = service, order, listeners
        self.params = service.snapshot[MailboxParams]
        self.channel = Channel(status, getattr(log.LOG.sink, "fd", -1))
        # select.epoll is taken away by gevent, whose own would make a hub.
        self.poll: Any = monkey.get_original("select", "epoll")()
        self.handlers: dict[int, Callable[[int], None]] = {}
        self.callers: dict[int, Caller] = {}
        self.workers: dict[tuple[int, int], Worker] = {}
        self.leaving: list[Worker] = []
        self.auth = AuthLink(self.watch, self.unwatch, self.redeemed)
        self.master = mailfork.master_pid()
        # Workers write their figures here; the lowest free slot goes to the next one.
        self.board = control.Scoreboard.create(2 * self.params.mailbox_process_limit + 1)
        self.free = list(range(self.board.slots - 1, -1, -1))
        self.over = False
        self.next_tick = 0.0

    def run(self) -> int:
        """Serve until master says to drain; returns the exit status."""
        mailfork.default_signals()
        self.watch(self.channel.sock, self.on_status)
        for listener in self.listeners:
            listener.setblocking(False)
            self.watch(listener, partial(self.on_caller, listener))
        self.service.start()
        self.channel.ready(pid=os.getpid(), min_procs=self.service.min_procs)
        while not self.over:
            for fd, event in self.poll.poll(TICK):
                handler = self.handlers.get(fd)
                if handler is not None:
                    handler(event)
            self.tick()
            log.flush()
        return 0

    def watch(self, sock: Any, handler: Callable[[int], None]) -> None:
        """Call `handler(event)` whenever the socket can be read."""
        self.handlers[sock.fileno()] = handler
        self.poll.register(sock.fileno(), _IN)

    def unwatch(self, sock: Any) -> None:
        """Call no more."""
        if self.handlers.pop(sock.fileno(), None) is not None:
            self.poll.unregister(sock.fileno())

    def on_status(self, _: int) -> None:
        """Master said something, or is gone."""
        if self.channel.poll():
            for listener in self.listeners:
                self.unwatch(listener)
            self.listeners = []
            self.service.draining = True
        if self.channel.closed:
            os._exit(1)

    def tick(self) -> None:
        """Timers; and the end, once nothing is under way."""
        now = time.monotonic()
        if now >= self.next_tick:
            self.next_tick = now + TICK
            for caller in [each for each in self.callers.values() if each.deadline <= now]:
                self.refuse(caller, "UNAVAILABLE", "Timed out")
            for worker in [*self.workers.values(), *self.leaving]:
                worker.check(now)
            self.reap()
        if self.service.draining and not self.callers:
            self.over = True

    # Login stages.

    def on_caller(self, listener: Any, _: int) -> None:
        """A login stage connects."""
        try:
            fd, _ = listener._accept()
        except TRANSIENT:
            return
        except OSError as exc:
            log.warning(f"accept: {exc.strerror}")
            time.sleep(0.05)  # out of descriptors: the backlog can wait a moment
            return
        sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, fd)
        sock.setblocking(False)
        caller = Caller(sock, time.monotonic())
        self.callers[fd] = caller
        self.watch(sock, lambda _: self.on_words(caller))
        self.on_words(caller)

    def on_words(self, caller: Caller) -> None:
        """A login stage, or an administrator, says what it wants."""
        try:
            data, fds = recv_fds(caller.sock, MAX_FRAME, 4)
        except BlockingIOError:
            return
        except OSError:
            data, fds = b"", []
        caller.fds += fds
        if not data:
            self.forget(caller)
            return
        try:
            for item in caller.reader.feed(data):
                if isinstance(item, MailQuery):
                    mailadmin.answer(self, caller.sock, item)
                    self.forget(caller)
                    return
                assert isinstance(item, MailSession)
                self.begin(caller, item)
        except BadRecord as exc:
            log.warning(f"bad request: {exc}")
            self.forget(caller)

    def begin(self, caller: Caller, session: MailSession) -> None:
        """Redeem a ticket."""
        if caller.session is not None or len(caller.fds) != 1:
            raise BadRecord("one client at a time")
        caller.session = session
        self.auth.redeem(caller, session.pid, session.ticket, session.cookie, session.service)

    def redeemed(self, caller: Caller, place: MailPlace | None, why: str) -> None:
        """The authenticator has answered: the user's place, or why there is none."""
        session = caller.session
        if not self.waits(caller) or session is None:
            return
        if place is None:
            self.refuse(caller, "UNAVAILABLE", why)
        elif place.uid == 0 and os.geteuid() == 0:
            log.error(f"user {place.user}: mail of uid 0 is not served")
            self.refuse(caller, "CONTACTADMIN", "Mail access not permitted")
        else:
            self.hand_over(caller, MailWork(session, place))

    def waits(self, caller: Caller) -> bool:
        """Whether a login stage is still there and has no answer yet."""
        return self.callers.get(caller.sock.fileno()) is caller

    def hand_over(self, caller: Caller, work: MailWork) -> None:
        """The client goes to its user's worker; the login stage is answered when the worker says that it has it."""
        for _ in range(HANDOVERS):
            try:
                worker = self.worker_for(work.place)
            except OSError as exc:
                log.warning(f"user {work.place.user}: cannot hand over a session: {exc.strerror}")
                break
            try:
                send_fds(worker.handoff, encode(work)[4:], caller.fds)
            except (BrokenPipeError, ConnectionResetError):
                # It was killed a moment ago: another one takes its place.
                self.gone(worker)
                continue
            except (OSError, BadRecord) as exc:
                log.warning(f"user {work.place.user}: cannot hand over a session: {getattr(exc, 'strerror', exc)}")
                break
            worker.waiting[work.client.session] = (caller, work)
            return
        self.refuse(caller, "UNAVAILABLE", "Temporarily out of resources")

    def taken(self, worker: Worker) -> None:
        """Answer the login stages whose clients a worker has."""
        for session in [name for name in worker.waiting if name in worker.begun]:
            caller, _ = worker.waiting.pop(session)
            if self.waits(caller):
                self.say(caller, MailAnswer(True))
            else:
                # The login stage was told that nobody came: its client has been sent away.
                worker.say(KICK + session.encode())
        worker.begun.clear()

    def gone(self, worker: Worker) -> None:
        """A worker has ended. Clients that it never had go to another one, once."""
        worker.read()
        self.taken(worker)
        self.unwatch(worker.status)
        if self.workers.get(worker.key) is worker:
            del self.workers[worker.key]
        elif worker in self.leaving:
            self.leaving.remove(worker)
        else:
            return  # known already
        worker.close()
        self.free.append(worker.slot)
        waiting, worker.waiting = worker.waiting, {}
        for caller, work in waiting.values():
            if not self.waits(caller):
                continue
            if caller.moved:
                self.refuse(caller, "UNAVAILABLE", "Temporarily unavailable")
            else:
                caller.moved = True
                self.hand_over(caller, work)

    def say(self, caller: Caller, answer: MailAnswer) -> None:
        """Answer a login stage and be done with it."""
        try:
            caller.sock.send(encode(answer))
        except OSError as exc:
            log.debug(f"login stage went away: {exc.strerror}")
        self.forget(caller)

    def refuse(self, caller: Caller, code: str, text: str) -> None:
        """No."""
        self.say(caller, MailAnswer(False, code, text))

    def forget(self, caller: Caller) -> None:
        """Close a caller's connection and our copy of the client's."""
        self.unwatch(caller.sock)
        self.callers.pop(caller.sock.fileno(), None)
        caller.sock.close()
        for fd in caller.fds:
            os.close(fd)
        caller.fds = []

    # Workers.

    def worker_for(self, place: MailPlace) -> Worker:
        """The process for a user: one per uid, users who share a uid spread by name. Raises OSError."""
        spread = self.params.mailbox_processes_per_uid or os.cpu_count() or 1
        key = (place.uid, zlib.crc32(place.user.encode()) % spread)
        worker = self.workers.get(key)
        if worker is not None and not worker.leaving:
            return worker
        full = len(self.workers) >= self.params.mailbox_process_limit and not self.make_room()
        if full or not self.free:
            raise OSError(11, "mailbox_process_limit is reached")
        worker = self.workers[key] = mailfork.fork(self, key, place)
        worker.on_event = lambda event: self.on_worker(worker, event)
        self.watch(worker.status, worker.on_event)
        return worker

    def make_room(self) -> bool:
        """Have an idle worker leave; whether there was one."""
        for worker in self.workers.values():
            if not worker.sessions and not worker.waiting:
                self.retire(worker)
                return True
        return False

    def retire(self, worker: Worker) -> None:
        """A worker takes no further session."""
        worker.leave()
        if self.workers.get(worker.key) is worker:
            del self.workers[worker.key]
            self.leaving.append(worker)

    def on_worker(self, worker: Worker, _: int) -> None:
        """A worker says something, or is gone."""
        worker.read()
        if worker.leaving and self.workers.get(worker.key) is worker:
            self.retire(worker)
        self.taken(worker)
        if worker.closed:
            self.gone(worker)

    def reap(self) -> None:
        """Take note of workers that ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if status:
                what = f"killed by signal {status & 0x7F}" if status & 0x7F else f"exit status {status >> 8}"
                log.warning(f"mail worker pid {pid} {what}")


def run(service: Spawner, order: control.Order, status: Any, listeners: list[Any]) -> int:
    """The loop of a Spawner; returns the exit status."""
    return SpawnerLoop(service, order, status, listeners).run()
