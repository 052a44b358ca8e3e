"""The mail worker's loop apart from its processes (these: test_spawner): hostile handovers, lines from threads."""

import os
import socket
from typing import Any

import gevent
import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.model import control
from pymaster.model.frame import encode
from pymaster.model.mailplace import MailPlace
from pymaster.model.mailsession import MailSession, MailWork
from pymaster.runtime.work import work
from pymaster.server.mailloop import MailConnection, MailLoop
from pymaster.server.mailworkers import KICK
from pymaster.server.skeleton import Connection, Multi
from pymaster.util import log


class Quiet(Multi):
    """Keeps whom it serves until they leave."""

    def __init__(self) -> None:
        self.seen: list[MailConnection] = []
        self.kicked: list[str] = []

    def serve(self, conn: Connection) -> None:
        assert isinstance(conn, MailConnection)
        conn.kick = self.kicked.append
        self.seen.append(conn)
        conn.sock.recv(1)


def loop() -> tuple[MailLoop, Quiet, socket.socket, socket.socket]:
    status, master_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    handoff, spawner_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    handoff.setblocking(False)
    service = Quiet()
    service.snapshot = Snapshot.from_text("", {}, "/nonexistent", "mailbox", "mailbox")
    reader, _ = os.pipe()
    return (
        MailLoop(service, control.Order(1, "m", "unix", "m"), status, handoff, reader),
        service,
        master_end,
        spawner_end,
    )


def handover() -> bytes:
    client = MailSession("imap", 1, 2, "c", "u", "PLAIN", "192.0.2.1", 4, "192.0.2.2", 143, True, "id", 7, b"a1", b"")
    return encode(MailWork(client, MailPlace("u", 1, 1, "/", "maildir", "/x", "/x")))[4:]


def test_a_client_is_served_announced_and_kicked() -> None:
    made, service, master_end, spawner_end = loop()
    ours, theirs = socket.socketpair()
    socket.send_fds(spawner_end, [handover()], [ours.fileno()])
    ours.close()
    gevent.sleep(0.02)
    assert service.seen[0].peer == ("192.0.2.1", 4) and service.seen[0].local == ("192.0.2.2", 143)
    assert master_end.recv(1000).startswith(b'S{"session": "id", "user": "u"')
    made.on_letter(KICK + b"other")
    made.on_letter(KICK + b"id")
    assert len(service.kicked) == 1
    theirs.close()
    gevent.sleep(0.02)
    assert master_end.recv(1000) == b"Eid"
    made.inlet.stop()
    made.master.stop()


def test_a_client_handed_over_just_before_the_spawner_left_is_served() -> None:
    made, service, master_end, spawner_end = loop()
    ours, theirs = socket.socketpair()
    socket.send_fds(spawner_end, [handover()], [ours.fileno()])
    ours.close()
    spawner_end.close()
    master_end.close()
    made.status_watcher = made.loop.io(made.channel.sock.fileno(), 1)
    made.on_status()
    gevent.sleep(0.02)
    assert len(service.seen) == 1 and not made.done.is_set()
    theirs.close()
    gevent.sleep(0.02)
    assert made.done.is_set()
    made.master.stop()


def test_nonsense_is_dropped_with_its_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    made, service, _, spawner_end = loop()
    monkeypatch.setattr(log.LOG, "sink", log.MemorySink())
    ours, theirs = socket.socketpair()
    theirs.settimeout(5)
    socket.send_fds(spawner_end, [b"\xc1junk"], [ours.fileno()])
    ours.close()
    gevent.sleep(0.02)
    assert theirs.recv(10) == b"" and not service.seen
    made.inlet.stop()
    made.master.stop()


def test_a_line_from_a_thread_waits_for_the_hub() -> None:
    made, _, _, _ = loop()
    calls: list[Any] = []

    class Hub:
        """Tells who calls."""

        def run_callback(self, *arguments: Any) -> None:
            calls.append(arguments)

    made.inlet.stop()
    made.master.stop()
    made.loop = Hub()
    work(made.flush_soon)
    assert calls == []
    made.flush_soon()
    assert len(calls) == 1
