"""Runs a delivery agent of the Single kind against a real queue, over a socket pair, in a thread of the test."""

import shutil
import socket
import tempfile
import threading
import time
from pathlib import Path

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.frame import FrameReader, encode_all
from pymaster.model.messages import DeliveryReport, DeliveryRequest, Hello
from pymaster.model.stored import NewMessage
from pymaster.server import programs
from pymaster.server.skeleton import Connection
from pymaster.store.contract import Insert
from pymaster.store.queue import Queue
from tests.conftest import ROOT

BODY = b"Subject: test\n\nhello\n"


class Bench:
    """One folder with a queue; `deliver` runs a service for a few requests."""

    def __init__(self, folder):
        self.folder = folder
        self.queue = Queue.open(str(folder / "queue"), create=True)
        self.count = 0

    def store(self, *to, sender=b"s@x.example", body=BODY):
        """Queue a message; the request to deliver it."""
        self.count += 1
        now = time.time()
        envelope = Envelope(f"A{self.count}", now, sender, tuple(Recipient(a, a) for a in to), len(body), Origin())
        self.queue.commit([Insert(NewMessage(envelope, (body,)))])
        return DeliveryRequest(self.count, "h.example", envelope, tuple(range(len(to))), now, now)

    def deliver(self, program, main_cf, requests, args=()):
        """What the service in services/PROGRAM.py reports."""
        # The queue is opened once per process: hand ours over.
        self.queue.close()
        service = programs.load(str(ROOT / "services" / f"{program}.py"))()
        service.snapshot = Snapshot.from_text(
            f"queue_directory = {self.folder}\ndata_directory = {self.folder}/data\nmyhostname = h.example\n"
            f"mydestination = h.example\nmail_owner = nobody\n{main_cf}"
        )
        service.args, service.service_name = list(args), program
        service.before_jail()
        service.start()
        ours, theirs = socket.socketpair()
        ours.settimeout(20)
        conn = Connection(theirs)
        thread = threading.Thread(target=self._talk, args=(ours, requests))
        self.reports, self.hello = {}, None
        thread.start()
        try:
            service.serve(conn)
        finally:
            theirs.close()
            thread.join(20)
            ours.close()
            service.stop()
            self.queue = Queue.open(str(self.folder / "queue"))
        return [self.reports[request.request] for request in requests]

    def _talk(self, sock, requests):
        reader = FrameReader(Hello, DeliveryReport)
        sock.sendall(encode_all(requests))
        while len(self.reports) < len(requests):
            data = sock.recv(65536)
            if not data:
                return
            for record in reader.feed(data):
                if isinstance(record, Hello):
                    self.hello = record
                else:
                    self.reports[record.request] = record
        sock.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def bench():
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    made = Bench(folder)
    yield made
    made.queue.close()
    shutil.rmtree(folder)
