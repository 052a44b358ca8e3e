"""Giving a client away: the descriptor and the ticket arrive, a spawner that is ill is an answer, bytes go both ways."""

import socket
import threading
from pathlib import Path

import gevent
import pytest

from pymaster.model.frame import FrameReader, encode
from pymaster.model.mailsession import MailAnswer, MailSession
from pymaster.runtime import mailhandover
from pymaster.runtime.mailhandover import bridge, hand_over
from pymaster.runtime.mailstream import MailStream, TlsStream
from pymaster.util.fds import recv_fds

SESSION = MailSession(
    "imap", 1, 2, "c", "u", "PLAIN", "192.0.2.1", 4, "192.0.2.2", 143, True, "id", 7, b"a1", b"x" * 60000
)


def spawner(path: Path, answer: bytes) -> tuple[threading.Thread, list[object]]:
    """One that takes a client, speaks to it, and answers."""
    server, seen = socket.socket(socket.AF_UNIX), []
    server.bind(str(path))
    server.listen(1)

    def serve() -> None:
        peer, _ = server.accept()
        reader, found, descriptors = FrameReader(MailSession), [], []
        while not found:
            data, fds = recv_fds(peer, 65536)
            descriptors += fds
            found = reader.feed(data)
        seen.extend(found)
        with socket.socket(fileno=descriptors[0]) as client:
            client.sendall(b"* hello\r\n")
        peer.sendall(answer)
        peer.close()
        server.close()

    thread = threading.Thread(target=serve)
    thread.start()
    return thread, seen


def test_client_and_ticket_arrive(tmp_path: Path) -> None:
    thread, seen = spawner(tmp_path / "s", encode(MailAnswer(True)))
    ours, client = socket.socketpair()
    assert gevent.spawn(hand_over, SESSION, ours.fileno(), str(tmp_path / "s")).get(timeout=10) == MailAnswer(True)
    thread.join(10)
    assert seen == [SESSION] and client.recv(100) == b"* hello\r\n"


@pytest.mark.parametrize("answer", [b"", b"\x00\x00\x00\x02\xc0\xc0", b"junkjunk"])
def test_an_ill_spawner_is_an_answer(tmp_path: Path, answer: bytes) -> None:
    spawner(tmp_path / "s", answer)
    ours, _ = socket.socketpair()
    found = hand_over(SESSION, ours.fileno(), str(tmp_path / "s"))
    assert not found.ok and found.code == "UNAVAILABLE"


def test_no_spawner_is_an_answer(tmp_path: Path) -> None:
    ours, _ = socket.socketpair()
    assert not hand_over(SESSION, ours.fileno(), str(tmp_path / "none")).ok


def lines() -> tuple[socket.socket, TlsStream, MailStream, socket.socket]:
    client, outer = socket.socketpair()
    inner, worker = socket.socketpair()
    for sock in (client, worker):
        sock.settimeout(5)
    return client, TlsStream(outer, None), MailStream(inner), worker


def test_bytes_go_both_ways_until_the_client_leaves() -> None:
    client, outer, inner, worker = lines()
    carrying = gevent.spawn(bridge, outer, inner)
    client.sendall(b"a1 NOOP\r\n")
    gevent.sleep(0.02)
    assert worker.recv(100) == b"a1 NOOP\r\n"
    worker.sendall(b"a1 OK\r\n")
    gevent.sleep(0.02)
    assert client.recv(100) == b"a1 OK\r\n"
    client.close()
    gevent.sleep(0.02)
    assert worker.recv(100) == b"", "the worker learns of the end"
    worker.close()
    carrying.join(timeout=5)
    assert carrying.dead


def test_the_workers_end_ends_the_client() -> None:
    client, outer, inner, worker = lines()
    carrying = gevent.spawn(bridge, outer, inner)
    worker.sendall(b"* BYE\r\n")
    worker.close()
    gevent.sleep(0.05)
    assert client.recv(100) == b"* BYE\r\n" and client.recv(100) == b""
    carrying.join(timeout=5)
    assert carrying.dead


def test_a_client_that_does_not_read_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailhandover, "STALL", 0.1)
    client, outer, inner, worker = lines()
    carrying = gevent.spawn(bridge, outer, inner)
    worker.setblocking(False)
    with pytest.raises(BlockingIOError):
        for _ in range(100):
            worker.sendall(bytes(1 << 20))
            gevent.sleep(0)
    carrying.join(timeout=5)
    assert carrying.dead
    client.close()
