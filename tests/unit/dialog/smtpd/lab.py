"""Fakes for tests of the dialog: a stream that follows a script, a pipeline and a queue in memory."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pymaster.dialog.smtpd.handed import Finished, Opening, World
from pymaster.dialog.smtpd.session import Session
from pymaster.dialog.smtpd.settings import Settings
from pymaster.model.envelope import Envelope, Recipient
from pymaster.model.stored import NewMessage
from pymaster.rules.access.facts import Actions
from pymaster.store.contract import DURABLE
from pymaster.util.clock import ManualClock
from pymaster.util.errors import DeadlineExceeded
from tests.unit.rules.access.lab import Lab as AccessLab


class FakeIo:
    """Gives `script` piece by piece and keeps what is sent, as (pieces read before, bytes)."""

    def __init__(self, script: Iterable[bytes], clock: ManualClock, *, hang: bool = False) -> None:
        self.script, self.clock, self.hang = list(script), clock, hang
        self.sent: list[bytes] = []
        self.events: list[tuple[str, bytes]] = []
        self.early = False
        self.position = 0

    def recv(self, deadline: float) -> bytes:
        if self.position == len(self.script):
            if self.hang:
                self.clock.advance(max(deadline - self.clock.monotonic(), 0) + 0.001)
                raise DeadlineExceeded
            return b""
        piece = self.script[self.position]
        self.position += 1
        self.events.append(("C", piece))
        return piece

    def send(self, data: bytes, deadline: float) -> None:
        assert deadline > self.clock.monotonic()
        self.sent.append(bytes(data))
        self.events.append(("S", bytes(data)))

    def pending(self) -> bool:
        return self.early

    @property
    def output(self) -> bytes:
        return b"".join(self.sent)


class FakeMessage:
    """Content in memory."""

    def __init__(self, queue_id: str, opening: Opening, refusal: tuple[int, str, str] | None) -> None:
        self.queue_id, self.opening, self.refusal = queue_id, opening, refusal
        self.recipients: list[Recipient] = []
        self.blocks: list[bytes] = []
        self.actions: Actions | None = None
        self.abandoned = False

    def recipient(self, recipient: Recipient) -> None:
        self.recipients.append(recipient)

    def begin(self, actions: Actions) -> None:
        self.prepended = list(actions.prepend)

    def write(self, block: bytes) -> None:
        self.blocks.append(block)

    @property
    def content(self) -> bytes:
        return b"".join(self.blocks)

    def finish(self, actions: Actions) -> Finished:
        self.actions = actions
        if self.refusal is not None:
            return Finished(refusal=self.refusal)
        if actions.discard:
            return Finished()
        envelope = Envelope(
            self.queue_id, 0.0, self.opening.sender, tuple(self.recipients), len(self.content), self.opening.origin
        )
        return Finished(NewMessage(envelope, tuple(self.blocks), hold=actions.hold))

    def abandon(self) -> None:
        self.abandoned = True


@dataclass
class Server:
    """A server in memory; `talk(pieces)` runs one session and gives what it said."""

    main: str = ""
    access: AccessLab | None = None
    refusal: tuple[int, str, str] | None = None
    outcomes: list[object] = field(default_factory=list)
    messages: list[FakeMessage] = field(default_factory=list)
    committed: list[NewMessage] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    flushed: list[str] = field(default_factory=list)
    space: bool = True

    def __post_init__(self) -> None:
        self.clock = ManualClock()
        self.access = self.access or AccessLab(self.main)
        self.log = self.access.sink
        self.world = World(
            Settings(self.access.snapshot), self.access.access, self.open, self.commit, self.arrived, self.sleep,
            clock=self.clock, room=lambda: self.space,
            forbidden=lambda verb: verb in (b"CONNECT", b"GET", b"POST") or not b"A" <= verb[:1] <= b"Z",
            well_formed=lambda address: not address.endswith(b"@-x.test"), flushable=lambda domain: domain == "relay.test", flush=self.flushed.append,
            xforward=lambda name, address: address == "10.0.0.9", xclient=lambda name, address: address == "10.0.0.9",
        )  # fmt: skip

    def open(self, opening: Opening, number: int) -> FakeMessage:
        message = FakeMessage(f"ID{len(self.messages) + 1}", opening, self.refusal)
        self.messages.append(message)
        return message

    def commit(self, message: NewMessage, seconds: float) -> str:
        outcome = self.outcomes.pop(0) if self.outcomes else DURABLE
        if isinstance(outcome, Exception):
            raise outcome
        if outcome == DURABLE:
            self.committed.append(message)
        return str(outcome)

    def arrived(self, queue_id: str, envelope: Envelope) -> None:
        assert self.committed[-1].envelope is envelope
        self.hints.append(queue_id)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds)

    def session(self, io: FakeIo, address: str = "192.0.2.1", name: str = "client.test") -> Session:
        assert self.access is not None
        facts = self.access.facts(
            name=name, address=address, label=f"{name}[{address}]", helo=None, sender=None, recipient=None, proto="SMTP"
        )
        return Session(self.world, io, facts)

    def talk(
        self, pieces: Iterable[bytes], *, hang: bool = False, early: bool = False, address: str = "192.0.2.1"
    ) -> bytes:
        self.io = FakeIo(pieces, self.clock, hang=hang)
        self.io.early = early
        self.session(self.io, address).run()
        return self.io.output

    def say(self, *lines: str, address: str = "192.0.2.1") -> list[str]:
        """One command at a time; the replies without the banner, each as one text."""
        out = self.talk([line.encode("latin-1") + b"\r\n" for line in lines], address=address).decode("latin-1")
        replies: list[str] = []
        for line in out.split("\r\n")[1:-1]:
            if replies and replies[-1][3:4] == "-" and replies[-1].split("\n")[-1][3:4] == "-":
                replies[-1] += "\n" + line
            else:
                replies.append(line)
        return replies


def pieces_of(groups: list[bytes], cut: Callable[[bytes], list[bytes]]) -> list[bytes]:
    """The groups of a script, each cut by `cut`."""
    return [piece for group in groups for piece in cut(group)]
