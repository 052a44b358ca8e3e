"""rehearsal - each program once through its paces in the nursery, so that workers share what that brings about.

Declarations, compiled patterns, late imports and the interpreter's own specialised code come to be at first use: in a
worker they would be private memory and time between fork and accept. `Service.warm` uses a configuration without
tables and a queue in memory; nothing is opened, nothing is sent, no hub begins. What goes wrong here costs memory, no mail.
"""

import gc
import os
import struct
import sys
from collections.abc import Callable
from typing import Any

from pymaster.config import registry
from pymaster.config.snapshot import Snapshot
from pymaster.model import status
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.frame import encode
from pymaster.model.messages import DeliveryReport, DeliveryRequest
from pymaster.model.stored import NewMessage
from pymaster.rules.access.facts import Facts
from pymaster.server.skeleton import Connection, Service
from pymaster.store.memory import MemoryQueue
from pymaster.store.syncwriter import SyncCommitter
from pymaster.util import log
from pymaster.util.errors import ConnectionLost
from pymaster.util.record import Record

# Nothing that names a file, a table or this machine's interfaces.
BARE = {
    "compatibility_level": "3.10",
    "queue_directory": "/",
    "data_directory": "/",
    "config_directory": "/nonexistent",
    "inet_interfaces": "127.0.0.1",
    "mynetworks": "127.0.0.0/8",
    "myhostname": "host.example.org",
    "mydestination": "example.org",
    "myorigin": "example.org",
    "alias_database": "",
    "virtual_mailbox_domains": "example.com",
    "virtual_mailbox_base": "/",
    "virtual_mailbox_maps": "inline:{ b@example.com=b/ }",
}
# The interpreter specialises a function at its eighth call.
ROUNDS = 12
CONTENT = b"From: a@example.com\nTo: b@example.com\nSubject: rehearsal\nMessage-Id: <1@example.com>\n\nHello.\n"
ENVELOPE = Envelope(
    "3F0A1B2C",
    1.0,
    b"a@example.com",
    (Recipient(b"b@example.com"),),
    len(CONTENT),
    Origin(),
    message_id=b"1@example.com",
)


class Nobody:
    """A log sink and a queue manager that keep nothing."""

    def write(self, lines: list[Any]) -> None:
        """Log lines."""

    def arrived(self, queue_id: str, envelope: Envelope) -> None:
        """A hint."""

    def flush(self, domain: str) -> None:
        """A site's mail, now."""

    def close(self) -> None:
        """The end."""


NOBODY = Nobody()


def committer() -> SyncCommitter:
    """A queue in memory with one message, and who writes to it."""
    made = SyncCommitter(MemoryQueue())
    made.insert(NewMessage(ENVELOPE, (CONTENT,)))
    return made


def request(number: int, nexthop: str = "example.com") -> DeliveryRequest:
    """A delivery request of the queue manager."""
    return DeliveryRequest(number, nexthop, ENVELOPE, (0,), 1.0, 1.0)


def deferred(request: DeliveryRequest) -> DeliveryReport:
    """The answer of an agent that does nothing."""
    statuses = tuple(status.deferred("not now", "4.3.0") for _ in request.envelope.recipients)
    return DeliveryReport(request.request, statuses)


class Peer:
    """A client of a record protocol whose part is written, in the place of its socket."""

    def __init__(self, data: list[bytes]) -> None:
        self.data = data

    def recv(self, size: int) -> bytes:
        """Its next words."""
        return self.data.pop(0) if self.data else b""

    def sendall(self, data: bytes) -> None:
        """It does not listen."""

    def getsockopt(self, level: int, option: int, size: int) -> bytes:
        """The credentials (SO_PEERCRED) of this very process."""
        return struct.pack("3i", os.getpid(), os.geteuid(), os.getegid())


def converse(serve: Callable[[Connection], None], make: Callable[[int], Record]) -> None:
    """Have a record service answer requests that `make(number)` makes."""
    peer: Any = Peer([encode(make(number)) for number in range(ROUNDS)])
    serve(Connection(peer))


def snapshot(service: str) -> Snapshot:
    """A configuration in which every table is empty."""
    empty = dict.fromkeys((name for name in registry.everything() if name.endswith(("_maps", "_checks"))), "")
    return Snapshot.from_text("", empty | BARE, "/nonexistent", service, service)


def rehearse(cls: type[Service]) -> str:
    """Warm one program up; what went wrong, in one line, or ""."""
    sink, on_first, log.LOG.sink, log.LOG.on_first = log.LOG.sink, log.LOG.on_first, NOBODY, None
    collecting = gc.isenabled()
    gc.disable()
    try:
        service = cls()
        service.service_name, service.args = cls.name, []
        service.snapshot = snapshot(cls.name)
        for params in cls.params:
            service.snapshot[params]
        service.warm()
        no_hub()
    except Exception as exc:
        return f"{cls.name}: warm-up failed: {type(exc).__name__}: {exc}"
    finally:
        log.flush()
        log.LOG.sink, log.LOG.on_first = sink, on_first
        if collecting:
            gc.enable()
    return ""


def no_hub() -> None:
    """Workers would share a hub's descriptors: whoever made one has broken the rule of `warm`. Raises RuntimeError."""
    if "gevent" not in sys.modules:
        return
    from gevent._hub_local import get_hub_if_exists

    hub = get_hub_if_exists()
    if hub is not None:
        hub.destroy(destroy_loop=True)
        raise RuntimeError("it made a hub")


def rounds(work: Callable[[int], object]) -> None:
    """Call `work(number)` as often as the interpreter wants to see it."""
    for number in range(ROUNDS):
        work(number)


class Client:
    """An SMTP client whose part is written; `Io` for a session."""

    def __init__(self, lines: list[bytes]) -> None:
        self.lines = lines

    def recv(self, deadline: float) -> bytes:
        """Its next words."""
        return self.lines.pop(0) if self.lines else b""

    def send(self, data: bytes, deadline: float) -> None:
        """It does not listen."""

    def pending(self) -> bool:
        """It never talks out of turn."""
        return False


def client(hello: bytes) -> Client:
    """A client that sends two messages, the second in one go."""
    mail, rcpt, data = b"MAIL FROM:<a@example.com> SIZE=200\r\n", b"RCPT TO:<b@example.org>\r\n", b"DATA\r\n"
    content = CONTENT.replace(b"\n", b"\r\n") + b".\r\n"
    return Client([hello, mail, rcpt, data, content, mail + rcpt + data, content, b"RSET\r\nNOOP\r\nQUIT\r\n"])


def facts(number: int) -> Facts:
    """What is known of that client."""
    return Facts("unknown[127.0.0.1]", "unknown", "127.0.0.1", "40000", "unknown", number=number + 1)


class SmtpServer:
    """The world of an SMTP client: wherever it connects, this answers. Both `Network` and `Wire` of deliver.smtp."""

    dns = None

    def __init__(self) -> None:
        self.said = b""
        self.content = False

    def connect(self, peer: object, timeout: float) -> "SmtpServer":
        """A connection."""
        self.said, self.content = b"220 mail.example.com ESMTP\r\n", False
        return self

    def send(self, data: bytes, timeout: float) -> None:
        """Commands, a batch at a time, or content."""
        if self.content:
            self.content = not data.endswith(b"\r\n.\r\n")
            self.said += b"" if self.content else b"250 2.0.0 Ok\r\n"
            return
        for line in data.split(b"\r\n")[:-1]:
            self.content = line == b"DATA"
            ready = b"354 Go on\r\n" if self.content else b"250 2.0.0 Ok\r\n"
            self.said += b"250-mail\r\n250-PIPELINING\r\n250 8BITMIME\r\n" if line[1:4] in (b"HLO", b"HEL") else ready

    def receive(self, timeout: float) -> bytes:
        """Its answers."""
        said, self.said = self.said, b""
        if not said:
            raise ConnectionLost("nothing to say")
        return said

    def alive(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """Nothing to close."""

    def native(self, host: str) -> list[str]:
        """Nobody has a name."""
        return []

    def own_addresses(self) -> frozenset[str]:
        """It is nobody's own."""
        return frozenset()
