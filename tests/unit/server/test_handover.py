import socket
import threading

import pytest

from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.frame import FrameReader, encode
from pymaster.model.messages import Arrived, DeliveryReport, DeliveryRequest, Hello
from pymaster.model.status import sent
from pymaster.server.handover import HandOver

ENVELOPE = Envelope("Q", 0.0, b"", (Recipient(b"a@b"),), 0, Origin())
REQUEST = DeliveryRequest(3, "b", ENVELOPE, (0,), 0.0, 0.0)


@pytest.fixture
def other(tmp_path):
    (tmp_path / "private").mkdir()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "private/lmtp"))
    listener.listen()
    threads = []

    def start(*answers, greet=True):
        def run():
            conn, _ = listener.accept()
            with conn:
                if greet:
                    conn.sendall(encode(Hello("delivery")))
                    reader, got = FrameReader(DeliveryRequest), []
                    while not got:
                        got += reader.feed(conn.recv(65536))
                    assert got == [REQUEST]
                for answer in answers:
                    conn.sendall(answer if isinstance(answer, bytes) else encode(answer))

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return HandOver(str(tmp_path), 5.0)("lmtp", "unix:x", REQUEST)

    yield start
    for thread in threads:
        thread.join(10)
    listener.close()


def test_the_answer(other):
    report = DeliveryReport(3, (sent("fine", relay="dovecot"),))
    assert other(report) == report


@pytest.mark.parametrize(
    "answers",
    [(), (DeliveryReport(3, ()),), (Arrived("x"),), (b"\xff\xff\xff\xff",), (Hello("again"),)],
    ids=["end", "short", "type", "junk", "hello"],
)
def test_an_agent_that_fails_defers(other, answers):
    assert [s.word for s in other(*answers).statuses] == ["deferred"]


def test_a_report_before_the_question(other):
    assert other(DeliveryReport(3, (sent("x"),)), greet=False).statuses[0].word == "deferred"


@pytest.mark.parametrize("name", ["nosuch", "../x", "a/b", ""])
def test_no_such_agent(tmp_path, name):
    assert HandOver(str(tmp_path), 1.0)(name, "", REQUEST).statuses[0].reason == "mail transport unavailable"
