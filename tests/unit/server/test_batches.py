import socket
import threading

from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.frame import FrameReader, encode, encode_all
from pymaster.model.messages import Arrived, DeliveryReport, DeliveryRequest, Hello
from pymaster.model.status import sent
from pymaster.server import batches
from pymaster.server.skeleton import Connection


def request(number):
    envelope = Envelope("Q", 0.0, b"", (Recipient(b"a@b"),), 0, Origin())
    return DeliveryRequest(number, "b", envelope, (0,), 0.0, 0.0)


class Agent:
    def __init__(self, window=4):
        self.ours, theirs = socket.socketpair()
        self.ours.settimeout(10)
        self.batches = []
        self.conn = Connection(theirs)
        self.gate = threading.Event()
        self.gate.set()
        self.thread = threading.Thread(
            target=batches.serve, args=(self.conn, Hello("delivery", window=window), DeliveryRequest, self.handle)
        )
        self.thread.start()
        self.reader = FrameReader(Hello, DeliveryReport)

    def handle(self, requests):
        self.gate.wait(10)
        self.batches.append([r.request for r in requests])
        return [DeliveryReport(r.request, (sent("x"),)) for r in requests]

    def read(self, count):
        found = []
        while len(found) < count:
            data = self.ours.recv(65536)
            assert data, found
            found += self.reader.feed(data)
        return found

    def end(self):
        self.ours.close()
        self.thread.join(10)
        assert not self.thread.is_alive()
        self.conn.sock.close()


def test_what_waits_is_one_batch():
    agent = Agent()
    assert agent.read(1) == [Hello("delivery", window=4)]
    agent.gate.clear()
    agent.ours.sendall(encode(request(1)))
    agent.ours.sendall(encode_all([request(n) for n in range(2, 12)]))
    agent.gate.set()
    assert [r.request for r in agent.read(11)] == list(range(1, 12))
    assert max(map(len, agent.batches)) <= 4 and [n for batch in agent.batches for n in batch] == list(range(1, 12))
    agent.end()


def test_a_request_in_pieces():
    agent = Agent()
    data = encode(request(1))
    for at in range(0, len(data), 7):
        agent.ours.sendall(data[at : at + 7])
    assert len(agent.read(2)) == 2
    agent.end()


def test_triggers_and_strangers_are_let_go():
    for data in (b"W", encode(Arrived("Q")), b"\0\0\0\1x"):
        agent = Agent()
        agent.read(1)
        agent.ours.sendall(data)
        agent.thread.join(10)
        assert not agent.thread.is_alive() and agent.batches == []
        agent.end()


def test_drain_ends_an_idle_connection():
    agent = Agent()
    agent.ours.sendall(encode(request(1)))
    agent.read(2)
    agent.conn.on_drain()
    agent.thread.join(10)
    assert not agent.thread.is_alive()
    agent.end()
