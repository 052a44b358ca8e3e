"""A server in memory with the real rules, tables and cleanup pipeline; only disk, network and time are fakes."""

from collections.abc import Iterable

from pymaster.config.snapshot import Snapshot
from pymaster.dialog.smtpd.handed import World
from pymaster.dialog.smtpd.intake import Intake
from pymaster.dialog.smtpd.session import Session
from pymaster.dialog.smtpd.settings import Settings
from pymaster.model.envelope import Envelope
from pymaster.model.stored import NewMessage
from pymaster.rules.access.facts import Facts
from pymaster.rules.access.stages import Access
from pymaster.rules.access.tools import Tools
from pymaster.rules.cleanup.pipeline import Cleanup
from pymaster.rules.matchlist import MatchList
from pymaster.rules.recipients import RecipientCheck
from pymaster.rules.resolve import Resolver
from pymaster.tables.tableset import TableSet
from pymaster.util import log
from pymaster.util.clock import ManualClock
from tests.unit.dialog.smtpd.lab import FakeIo
from tests.unit.rules.access.lab import FakeDns

MAIN = """compatibility_level = 3.6
myhostname = mx.example.test
mydestination = $myhostname, example.test, localhost
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
local_recipient_maps = inline:{ {user = x}, {root = x} }
alias_maps =
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_error_sleep_time = 0
"""


class FakeStager:
    """Keeps the slices of a large body."""

    def __init__(self, name: str, error: Exception | None = None) -> None:
        self.name, self.error = name, error
        self.slices: list[bytes] = []
        self.dropped = False

    def __call__(self, data: bytes) -> str:
        if self.error is not None:
            raise self.error
        self.slices.append(data)
        return self.name

    def drop(self) -> None:
        self.dropped = True


class RealServer:
    """One configuration; `talk` runs a session of an untrusted client."""

    def __init__(self, main: str = "", stage_error: Exception | None = None) -> None:
        self.snapshot = Snapshot.from_text(MAIN + main)
        self.clock = ManualClock()
        self.sink = log.MemorySink()
        log.setup(self.sink, "test")
        tables = TableSet(self.snapshot)
        self.resolver = Resolver(self.snapshot, tables.open)
        known = RecipientCheck(self.snapshot, tables.open, self.resolver)
        networks = MatchList(self.snapshot.text("mynetworks"), tables.open, parents=False, param="mynetworks")
        forbidden = MatchList(
            self.snapshot.text("smtpd_forbidden_commands"), tables.open, parents=False, param="smtpd_forbidden_commands"
        )
        self.stagers: list[FakeStager] = []
        self.stage_error = stage_error
        self.committed: list[NewMessage] = []
        self.ids = iter(range(1, 1_000_000))
        cleanup = Cleanup(self.snapshot, tables.open, self.mint, self.clock)
        intake = Intake(self.snapshot, cleanup, self.mint, self.stager)
        tools = Tools(
            self.snapshot, tables.open, FakeDns(), self.resolver.resolve, known.unknown, self.resolver.rewriter.rewrite,
            lambda name, address: networks.match_host(name.encode(), address), lambda seconds: None,
        )  # fmt: skip
        self.world = World(
            Settings(self.snapshot), Access(tools), intake.open, self.commit, self.arrived, lambda seconds: None,
            clock=self.clock, forbidden=forbidden.match_string,
            xforward=lambda name, address: True, xclient=lambda name, address: True,
        )  # fmt: skip

    def mint(self) -> str:
        return f"Q{next(self.ids)}"

    def stager(self, name: str) -> FakeStager:
        made = FakeStager(name, self.stage_error)
        self.stagers.append(made)
        return made

    def commit(self, message: NewMessage, seconds: float) -> str:
        self.committed.append(message)
        return "durable"

    def arrived(self, queue_id: str, envelope: Envelope) -> None:
        assert self.committed[-1].envelope is envelope

    def talk(self, pieces: Iterable[bytes], address: str = "192.0.2.1", port: str = "4711") -> list[bytes]:
        facts = Facts(label=f"unknown[{address}]", name="unknown", address=address, port=port, reverse_name="unknown")
        io = FakeIo(pieces, self.clock)
        Session(self.world, io, facts).run()
        return io.output.split(b"\r\n")[:-1]
