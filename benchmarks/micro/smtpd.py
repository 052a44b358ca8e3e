"""smtpd - CPU time of one whole SMTP session in memory: rules, dialog and the real cleanup pipeline; no socket, no disk.

    python benchmarks/micro/smtpd.py [sessions]

Budget: about 300 us for EHLO MAIL RCPT DATA QUIT with a message of 5 KB; DATA of 50 KB alone: 250 us.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pymaster.config.snapshot import Snapshot
from pymaster.dialog.smtpd.handed import World
from pymaster.dialog.smtpd.intake import Intake
from pymaster.dialog.smtpd.session import Session
from pymaster.dialog.smtpd.settings import Settings
from pymaster.model.dns import Answer
from pymaster.proto.smtp.data import DataReceiver
from pymaster.rules.access.facts import Facts
from pymaster.rules.access.stages import Access
from pymaster.rules.access.tools import Tools
from pymaster.rules.cleanup.pipeline import Cleanup
from pymaster.rules.matchlist import MatchList
from pymaster.rules.recipients import RecipientCheck
from pymaster.rules.resolve import Resolver
from pymaster.tables.tableset import TableSet
from pymaster.util import log

MAIN = """compatibility_level = 3.6
myhostname = mx.ours.test
mydestination = ours.test
mynetworks = 127.0.0.0/8
local_recipient_maps =
"""
LINE = b"x" * 70 + b"\r\n"


class NoDns:
    """Knows nothing."""

    def mx(self, name: str) -> Answer:  # type: ignore[type-arg]
        return Answer(exists=False)

    addresses = ptr = txt = mx


class Script:
    """A client that says its pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = iter(pieces)

    def recv(self, deadline: float) -> bytes:
        return next(self._pieces, b"")

    def send(self, data: bytes, deadline: float) -> None:
        return None

    def pending(self) -> bool:
        return False


class Stager:
    """Takes slices and forgets them."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, data: bytes) -> str:
        return self.name

    def drop(self) -> None:
        return None


class Sink:
    """Drops log lines."""

    def write(self, lines: list[tuple[int, str]]) -> None:
        return None


def world() -> World:
    """A server without disk and network."""
    snapshot = Snapshot.from_text(MAIN)
    tables = TableSet(snapshot)
    resolver = Resolver(snapshot, tables.open)
    known = RecipientCheck(snapshot, tables.open, resolver)
    networks = MatchList(snapshot.text("mynetworks"), tables.open, parents=False, param="mynetworks")
    number = iter(range(1_000_000_000))
    cleanup = Cleanup(snapshot, tables.open, lambda: f"{next(number):X}")
    intake = Intake(snapshot, cleanup, lambda: f"{next(number):X}", Stager)
    tools = Tools(
        snapshot, tables.open, NoDns(), resolver.resolve, known.unknown, resolver.rewriter.rewrite,
        lambda name, address: networks.match_host(name.encode(), address), time.sleep,
    )  # fmt: skip
    arrived: list[str] = []
    return World(
        Settings(snapshot), Access(tools), intake.open, lambda message, seconds: "durable",
        lambda queue_id, envelope: arrived.clear(), time.sleep,
    )  # fmt: skip


def pieces(size: int) -> list[bytes]:
    """A client that waits for each reply, as smtp-source does."""
    head = b"From: <a@them.test>\r\nTo: <b@ours.test>\r\nSubject: test\r\nDate: x\r\nMessage-Id: <1@them.test>\r\n\r\n"
    body = head + LINE * ((size - len(head)) // len(LINE)) + b".\r\n"
    return [
        b"EHLO client.test\r\n",
        b"MAIL FROM:<a@them.test>\r\n",
        b"RCPT TO:<b@ours.test>\r\n",
        b"DATA\r\n",
        *[body[at : at + 65536] for at in range(0, len(body), 65536)],
        b"QUIT\r\n",
    ]


def per_call(function: Callable[[], None], count: int) -> float:
    """Microseconds of CPU time per call."""
    function()
    began = time.process_time()
    for _ in range(count):
        function()
    return (time.process_time() - began) / count * 1e6


def receive(body: bytes) -> None:
    """One message's content."""
    DataReceiver().feed(body)


def main(count: int) -> None:
    """Print the table."""
    log.setup(Sink(), "bench")
    server = world()
    for size in (5_000, 50_000):
        script = pieces(size)

        def session(script: list[bytes] = script) -> None:
            facts = Facts(
                label="c.test[192.0.2.1]", name="c.test", address="192.0.2.1", reverse_name="c.test", port="9"
            )
            Session(server, Script(script), facts).run()

        print(f"session with a message of {size} bytes: {per_call(session, count):7.1f} us")
    body = LINE * (51200 // len(LINE)) + b".\r\n"
    print(f"DATA of 50 KB alone:                   {per_call(lambda: receive(body), count):7.1f} us")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
