import socket
import threading
from collections.abc import Callable
from typing import Any

from pymaster.model.frame import FrameReader, encode
from pymaster.model.messages import Arrived, BounceReport, DeliveryReport, Hello
from pymaster.server import records
from pymaster.server.skeleton import Connection

REQUESTS = """
import gevent
from pymaster.model.messages import Arrived, BounceReport, Hello
from pymaster.server import records
from pymaster.server.service import Multi
class Toy(Multi):
    name = "toy"
    window = 3
    def serve(self, conn):
        hello = Hello("toy", window=self.window)
        records.serve(conn, hello, (BounceReport,), self.work, on_trigger=self.note)
    def work(self, request):
        gevent.sleep(request.request / 10)
        if request.request == 9:
            raise ValueError("bug")
        return BounceReport(request.request)
    def note(self, letters):
        with open("letters", "wb") as file:
            file.write(letters)
"""


def read(sock: socket.socket, count: int) -> list[Any]:
    reader, found = FrameReader(Hello, BounceReport), []
    while len(found) < count:
        data = sock.recv(65536)
        assert data, found
        found += reader.feed(data)
    return found


def test_requests_are_worked_on_together_and_reports_come_as_they_are_done(worker: Callable[..., Any]) -> None:
    toy = worker(REQUESTS, clients=5)
    toy.ready()
    with toy.connect() as sock:
        sock.sendall(b"".join(encode(BounceReport(n)) for n in (3, 1, 2)))
        hello, *reports = read(sock, 4)
        assert hello == Hello("toy", window=3)
        assert [report.request for report in reports] == [1, 2, 3]


def test_drain_reports_what_was_asked_and_hangs_up(worker: Callable[..., Any]) -> None:
    toy = worker(REQUESTS, clients=5)
    toy.ready()
    with toy.connect() as sock:
        read(sock, 1)
        sock.sendall(encode(BounceReport(2)))
        toy.status.send(b"D")
        assert [report.request for report in read(sock, 1)] == [2]
        assert sock.recv(1) == b""
    assert toy.process.wait(5) == 0


def test_too_many_at_once_and_foreign_records_end_the_connection(worker: Callable[..., Any]) -> None:
    toy = worker(REQUESTS, clients=5)
    toy.ready()
    for data in (b"".join(encode(BounceReport(5)) for _ in range(4)), encode(Arrived("A1")), b"\0\xff\xff\xff"):
        with toy.connect() as sock:
            read(sock, 1)
            sock.sendall(data)
            while sock.recv(65536):
                continue
    assert "more than 3 requests at once" in toy.errors()


def test_a_bug_in_the_handler_ends_the_connection_not_the_wait(worker: Callable[..., Any]) -> None:
    toy = worker(REQUESTS, clients=5)
    toy.ready()
    with toy.connect() as sock:
        read(sock, 1)
        sock.sendall(encode(BounceReport(9)))
        assert sock.recv(1) == b""


def test_a_letter_is_a_trigger_even_if_its_sender_is_gone(worker: Callable[..., Any]) -> None:
    toy = worker(REQUESTS, clients=5)
    toy.ready()
    with toy.connect() as sock:
        sock.sendall(b"W")
    with toy.connect() as sock:
        read(sock, 1)
    letters = toy.path.parent / "letters"
    for _ in range(500):
        if letters.exists() and letters.read_bytes() == b"W":
            return
        threading.Event().wait(0.01)
    raise AssertionError("no trigger")


def test_one_after_the_other_without_greenlets() -> None:
    ours, theirs = socket.socketpair()
    order: list[int] = []

    def work(request: BounceReport) -> BounceReport:
        order.append(request.request)
        return BounceReport(request.request)

    for inline in (False, True):
        ours, theirs = socket.socketpair()
        theirs.sendall(encode(BounceReport(1)) + encode(BounceReport(2)))
        theirs.shutdown(socket.SHUT_WR)
        records.serve(Connection(ours), Hello("toy"), (BounceReport,), work, inline=inline)
        ours.close()
        assert [r.request for r in read(theirs, 3)[1:]] == [1, 2]
    assert order == [1, 2, 1, 2]
    assert DeliveryReport.TAG != BounceReport.TAG
