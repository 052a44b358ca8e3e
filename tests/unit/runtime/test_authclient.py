import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent import socket as gsocket

from pymaster.dialog.login.handed import About, Authenticator
from pymaster.runtime.authclient import AuthClient
from pymaster.util import log

GREETING = (
    b"VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tSCRAM-SHA-256\tmutual-auth\n"
    b"MECH\tSCRAM-SHA-256-PLUS\tprivate\tmutual-auth\tchannel-binding\nMECH\tAPOP\tprivate\tdictionary\nMECH\tEXTERNAL\tprivate\n"
    b"SPID\t5\nCUID\t6\nCOOKIE\t00ff\nDONE\n"
)


class Server:
    """Answers each line through `answer(line) -> bytes`; None ends the connection."""

    def __init__(self, path: str) -> None:
        self.path, self.lines = path, list[bytes]()
        self.answer: Callable[[bytes], bytes | None] = lambda line: b""
        self.greeting = GREETING
        self.peers: list[Any] = []
        self.listener: Any = gsocket.socket(gsocket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(5)
        self.greenlet = gevent.spawn(self.run)

    def run(self) -> None:
        while True:
            sock, _ = self.listener.accept()
            self.peers.append(sock)
            gevent.spawn(self.serve, sock)

    def serve(self, sock: Any) -> None:
        sock.sendall(self.greeting)
        with sock.makefile("rb") as file:
            for line in file:
                self.lines.append(line)
                found = self.answer(line)
                if found is None:
                    break
                sock.sendall(found)
        with contextlib.suppress(OSError):
            sock.shutdown(2)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(str(tmp_path / "auth"))
    sink, log.LOG.sink = log.LOG.sink, log.MemorySink()
    yield made
    log.LOG.sink = sink
    made.greenlet.kill()
    made.listener.close()


def client(server: Server, **options: Any) -> AuthClient:
    return AuthClient(server.path, **({"connect_timeout": 2.0, "answer_timeout": 2.0} | options))


def to(number: bytes, text: bytes) -> Callable[[bytes], bytes]:
    return lambda line: text if line.startswith(b"AUTH") else b""


def test_mechanisms(server: Server) -> None:
    made: Authenticator = client(server)
    assert made.mechanisms(secured=True) == [b"PLAIN", b"SCRAM-SHA-256", b"SCRAM-SHA-256-PLUS"]
    assert b"PLAIN" not in made.mechanisms(secured=False)
    assert client(server).mechanisms(secured=True, certificate=True)[-1] == b"EXTERNAL"
    assert client(server).offers_apop


def test_a_login(server: Server) -> None:
    server.answer = to(b"1", b"OK\t1\tuser=bob\tresp=bGFzdA==\n")
    about = About(
        "imap",
        "192.0.2.1",
        1234,
        "192.0.2.2",
        143,
        secured=True,
        session="s\t1",
        binding=("tls-exporter", b"\0"),
        certificate="cert",
    )
    _, verdict = client(server).start(b"PLAIN", b"\0bob\0pw", about)
    assert (verdict.state, verdict.user, verdict.data) == ("ok", "bob", b"last")
    assert (verdict.ticket.pid, verdict.ticket.number, verdict.ticket.cookie) == (os.getpid(), 1, "00ff")
    assert server.lines[:2] == [b"VERSION\t1\t2\n", b"CPID\t%d\n" % os.getpid()]
    assert server.lines[2] == (
        b"AUTH\t1\tPLAIN\tfinal-resp-ok\tsecured\tvalid-client-cert\tservice=imap\trip=192.0.2.1\tlip=192.0.2.2\tsession=s\x01t1\t"
        b"rport=1234\tlport=143\tcert_username=cert\tcbind-type=tls-exporter\tcbind-data=AA==\tresp=AGJvYgBwdw==\n"
    )


def test_challenges_and_the_empty_first_word(server: Server) -> None:
    answers = {b"AUTH": b"CONT\t1\tVXNlcm5hbWU6\n", b"CONT": b"OK\t1\tuser=bob\n", b"CANC": b""}
    server.answer = lambda line: answers.get(line[:4], b"")
    made = client(server)
    exchange, verdict = made.start(b"LOGIN", None, About("smtp"))
    assert (verdict.state, verdict.data) == ("continue", b"Username:")
    assert server.lines[-1] == b"AUTH\t1\tLOGIN\tfinal-resp-ok\tnologin\tservice=smtp\n"
    assert exchange.respond(b"bob").state == "ok"
    assert server.lines[-1] == b"CONT\t1\tYm9i\n"
    answers[b"AUTH"] = b"CONT\t2\t\n"
    exchange, verdict = made.start(b"EXTERNAL", b"", About("imap"))
    assert server.lines[-1].endswith(b"\tresp=\n") and verdict.data == b""
    exchange.abort()
    gevent.sleep(0.05)
    assert server.lines[-1] == b"CANCEL\t2\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (b"user=bob", "AUTHENTICATIONFAILED"),
        (b"temp", "UNAVAILABLE"),
        (b"code=temp_fail", "UNAVAILABLE"),
        (b"pass_expired", "EXPIRED"),
        (b"user_disabled\tuser=bob", "CONTACTADMIN"),
        (b"authz", "AUTHENTICATIONFAILED"),
    ],
)
def test_failures(server: Server, words: bytes, code: str) -> None:
    server.answer = to(b"1", b"FAIL\t1\t" + words + b"\n")
    verdict = client(server).start(b"PLAIN", b"x", About("imap"))[1]
    assert (verdict.state, verdict.code) == ("fail", code)


def test_many_at_once(server: Server) -> None:
    waiting: list[bytes] = []

    def answer(line: bytes) -> bytes:
        if not line.startswith(b"AUTH"):
            return b""
        waiting.append(line.split(b"\t")[1])
        if len(waiting) < 5:
            return b""
        return b"".join([b"OK\t%s\tuser=u%s\n" % (number, number) for number in waiting[::-1]])

    server.answer = answer
    made = client(server)
    logins = [gevent.spawn(made.start, b"PLAIN", b"x", About("imap")) for _ in range(5)]
    verdicts = [login.get(timeout=5)[1] for login in logins]
    assert sorted(verdict.user for verdict in verdicts) == ["u1", "u2", "u3", "u4", "u5"]
    assert all(verdict.user == f"u{verdict.ticket.number}" for verdict in verdicts)
    assert len(server.peers) == 1


def test_a_server_that_left_is_asked_anew(server: Server) -> None:
    server.answer = lambda line: b"OK\t1\tuser=bob\n" if line.startswith(b"AUTH") else b""
    made = client(server)
    assert made.start(b"PLAIN", b"x", About("imap"))[1].state == "ok"
    server.peers[0].shutdown(2)
    assert made.start(b"PLAIN", b"x", About("imap"))[1].state == "ok"
    assert len(server.peers) == 2


def test_a_server_that_ends_in_the_middle(server: Server) -> None:
    server.answer = lambda line: None if line.startswith(b"AUTH") else b""
    verdict = client(server).start(b"PLAIN", b"x", About("imap"))[1]
    assert (verdict.state, verdict.code) == ("fail", "UNAVAILABLE")
    server.answer = lambda line: (
        b"CONT\t1\t\n" if line.startswith(b"AUTH") else None if line.startswith(b"CONT") else b""
    )
    exchange, verdict = client(server).start(b"PLAIN", None, About("imap"))
    assert verdict.state == "continue" and exchange.respond(b"x").code == "UNAVAILABLE"


def test_a_server_that_is_silent(server: Server) -> None:
    verdict = client(server, answer_timeout=0.1).start(b"PLAIN", b"x", About("imap"))[1]
    assert verdict.code == "UNAVAILABLE"
    gevent.sleep(0.05)
    assert server.lines[-1] == b"CANCEL\t1\n"


@pytest.mark.parametrize("greeting", [b"", b"VERSION\t2\t0\nDONE\n", b"x" * 70000, GREETING[:50]])
def test_no_greeting(server: Server, greeting: bytes) -> None:
    server.greeting = greeting
    made = client(server, connect_timeout=0.1)
    assert made.start(b"PLAIN", b"x", About("imap"))[1].code == "UNAVAILABLE"
    assert made.mechanisms(secured=True) == [] and not made.offers_apop
    # One line, however many ask; and those who come next do not wait for another connection that fails.
    assert log.LOG.sink.text.count("authentication server") == 1  # type: ignore[attr-defined]
    assert len(server.peers) == 1


def test_nobody_listens(tmp_path: Path) -> None:
    sink, log.LOG.sink = log.LOG.sink, log.MemorySink()
    try:
        made = AuthClient(str(tmp_path / "none"))
        exchange, verdict = made.start(b"PLAIN", b"x", About("imap"))
        exchange.abort()
        assert verdict.code == exchange.respond(b"").code == "UNAVAILABLE"
    finally:
        log.LOG.sink = sink


def test_close(server: Server) -> None:
    made = client(server)
    made.mechanisms(secured=True)
    made.close()
    made.close()
    gevent.sleep(0.05)
    assert made.mechanisms(secured=True) and len(server.peers) == 2
