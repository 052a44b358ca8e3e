"""Requests become reports over real sockets, against a server of a few lines."""

from collections.abc import Iterator

import gevent
import gevent.socket
import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.deliver.smtp.agent import Agent
from pymaster.deliver.smtp.peer import Peer
from pymaster.deliver.smtp.settings import load
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.messages import DeliveryRequest
from pymaster.model.status import DEFERRED, SENT
from pymaster.server.smtpagent import GreenNetwork, Requests, StreamWire, network, own_addresses
from pymaster.util import log
from pymaster.util.clock import SYSTEM
from pymaster.util.errors import ConnectionLost, DeadlineExceeded


class Store:
    """The one method of the queue that an agent needs."""

    def chunks(self, queue_id: str) -> Iterator[bytes]:
        if queue_id == "GONE":
            raise KeyError(queue_id)
        yield b"Subject: x\n\nhello\n"


@pytest.fixture
def server() -> Iterator[tuple[int, list[bytes]]]:
    """A server that accepts one message after the other; its port, and what it was told."""
    heard: list[bytes] = []
    listener = gevent.socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(5)

    def talk(sock: gevent.socket.socket) -> None:
        sock.sendall(b"220 mx ESMTP\r\n")
        data = False
        stream = sock.makefile("rb")
        for line in stream:
            heard.append(line)
            if data:
                if line == b".\r\n":
                    data = False
                    sock.sendall(b"250 2.0.0 Ok: queued as X\r\n")
            elif line.startswith(b"DATA"):
                data = True
                sock.sendall(b"354 go\r\n")
            else:
                sock.sendall(b"250 ok\r\n")

    def accept() -> None:
        while True:
            gevent.spawn(talk, listener.accept()[0])

    greenlet = gevent.spawn(accept)
    yield listener.getsockname()[1], heard
    greenlet.kill()
    listener.close()


def requests(text: str = "") -> Requests:
    snapshot = Snapshot.from_text("myhostname = lab.example\ninet_interfaces = loopback-only\n" + text)
    settings = load(snapshot, False)
    return Requests(Agent(settings, network(snapshot, settings)), Store(), snapshot, SYSTEM)  # type: ignore[arg-type]


def request(port: int, queue_id: str = "A1") -> DeliveryRequest:
    envelope = Envelope(queue_id, 1.0, b"a@lab.example", (Recipient(b"b@x.example"),), 18, Origin())
    return DeliveryRequest(7, f"[127.0.0.1]:{port}", envelope, (0,), 1.0, 2.0)


def test_a_request_becomes_a_report_and_a_line(server: tuple[int, list[bytes]]) -> None:
    sink = log.MemorySink()
    log.setup(sink, "postfix/smtp")
    report = requests().serve(request(server[0]))
    assert (report.request, [s.outcome for s in report.statuses], report.blocked) == (7, [SENT], None)
    assert b"hello\r\n" in server[1]
    assert "A1: to=<b@x.example>, relay=127.0.0.1[127.0.0.1]:" in sink.text
    assert "status=sent (250 2.0.0 Ok: queued as X)" in sink.text


def test_a_message_that_is_gone_is_deferred(server: tuple[int, list[bytes]]) -> None:
    log.setup(log.MemorySink(), "postfix/smtp")
    assert requests().serve(request(server[0], "GONE")).statuses[0].outcome == DEFERRED


def test_wire(server: tuple[int, list[bytes]]) -> None:
    snapshot = Snapshot.from_text("inet_interfaces = loopback-only")
    net: GreenNetwork = network(snapshot, load(snapshot, False))
    assert own_addresses(snapshot) == {"127.0.0.1", "::1"}
    wire: StreamWire = net.connect(Peer("h", "127.0.0.1", server[0]), 5.0)
    assert wire.receive(5.0) == b"220 mx ESMTP\r\n"
    assert wire.alive()
    with pytest.raises(DeadlineExceeded):
        wire.receive(0.05)
    wire.close()
    closed = gevent.socket.socket()
    closed.bind(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    with pytest.raises((OSError, ConnectionLost)):
        net.connect(Peer("h", "127.0.0.1", port), 5.0)
    assert "127.0.0.1" in net.native("localhost")
