"""mailloop - the loop of a mail worker: clients come as descriptors from the spawner, each with its user's place.

When the spawner is gone (a reload, a kill) the worker finishes its sessions and leaves; when master is gone it says BYE and
ends at once. Threads do the long work, so log lines may come from one: they are written with the hub's next turn.
"""

import _socket
import json
import os
import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent import monkey

from pymaster.config.params.mailbox import MailboxParams
from pymaster.model import control
from pymaster.model.mailsession import MailWork
from pymaster.server.channel import Channel
from pymaster.server.mailworkers import ENDED, KICK, SESSION
from pymaster.server.multi import READ, MultiLoop
from pymaster.server.skeleton import Connection, Multi
from pymaster.util import log
from pymaster.util.fds import recv_fds
from pymaster.util.record import BadRecord

MAX_WORK = 1 << 18
# The thread's number; gevent's own names the greenlet.
_thread: Callable[[], int] = monkey.get_original("threading", "get_ident")
# Seconds that sessions get to say goodbye when master is gone.
LAST_WORDS = 0.5


class MailConnection(Connection):
    """A client with its user's place. `kick(text)`, if set, ends the session with a word; it must not block."""

    __slots__ = ("kick", "work")

    def __init__(self, sock: Any, number: int, work: MailWork) -> None:
        client = work.client
        super().__init__(sock, (client.address, client.port), (client.local, client.local_port), number, gevent.spawn)
        self.work = work
        self.kick: Callable[[str], None] | None = None


class MailLoop(MultiLoop):
    """One mail worker."""

    def __init__(self, service: Multi, order: control.Order, status: Any, handoff: Any, master: int) -> None:
        super().__init__(service, order, status, [])
        self.limit, self.uses_left = 0, -1
        self.max_idle = service.snapshot[MailboxParams].mailbox_max_idle
        self.handoff = handoff
        self.home = _thread()
        self.channel = Channel(self.channel.sock, self.channel.log_fd)
        self.channel.on_other = self.on_letter
        self.inlet = self.loop.io(handoff.fileno(), READ)
        self.inlet.start(self.on_handoff)
        self.master = self.loop.io(master, READ)
        self.master.start(self.on_master)

    def flush_soon(self) -> None:
        """As for every service; a line from a thread waits for the hub to come by."""
        if _thread() == self.home:
            self.loop.run_callback(log.flush)

    def on_status(self) -> None:
        """The spawner said something, or is gone; what a thread logged is written by the way."""
        log.flush()
        if self.channel.poll() or self.channel.closed:
            # Whoever was handed over before that word is served.
            self.on_handoff()
            self.drain()
        if self.channel.closed:
            # The end stays readable for ever.
            self.status_watcher.stop()

    def on_letter(self, letter: bytes) -> None:
        """The spawner's own letters."""
        if letter[:1] == KICK:
            wanted = letter[1:].decode("ascii", "replace")
            for conn in list(self.sessions.values()):
                if isinstance(conn, MailConnection) and conn.work.client.session == wanted and conn.kick is not None:
                    conn.kick("Kicked by the administrator.")

    def on_master(self) -> None:
        """Nobody outlives master."""
        self.master.stop()
        self.inlet.stop()
        for conn in list(self.sessions.values()):
            if isinstance(conn, MailConnection) and conn.kick is not None:
                conn.kick("Server shutting down.")
        gevent.spawn_later(LAST_WORDS, os._exit, 0)
        self.drain()

    def on_handoff(self) -> None:
        """Clients have come."""
        while True:
            try:
                data, fds = recv_fds(self.handoff, MAX_WORK, 4)
            except BlockingIOError:
                return
            except OSError:
                data, fds = b"", []
            if not data:
                self.inlet.stop()
                self.drain()
                return
            self.take(data, fds)

    def take(self, data: bytes, fds: list[int]) -> None:
        """One client."""
        try:
            work = MailWork.unpack(data)
        except BadRecord as exc:
            log.error(f"bad handover: {exc}")
            fds, extra = [], fds
            for fd in extra:
                os.close(fd)
            return
        sock = _socket.socket(fileno=fds[0])
        conn = MailConnection(sock, work.client.number, work)
        client = work.client
        facts = {
            "session": client.session, "user": work.place.user, "service": client.service, "address": client.address,
            "since": int(time.time()), "tls": client.tls, "method": client.method,
        }  # fmt: skip
        self.channel.send(SESSION + json.dumps(facts).encode())
        self.begin(conn)

    def session(self, conn: Connection) -> None:
        try:
            super().session(conn)
        finally:
            if isinstance(conn, MailConnection):
                self.channel.send(ENDED + conn.work.client.session.encode())


def run(service: Multi, order: control.Order, status: Any, handoff: Any, master: int) -> int:
    """The life of a mail worker after it has its user's rights; `master` is a pidfd. Returns the exit status."""
    return MailLoop(service, order, status, handoff, master).run()
