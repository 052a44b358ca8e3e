"""handed - what an SMTP session is handed: a byte stream, the message pipeline, the committer, hints, lookups.

The dialog waits only through these, so tests run it with fakes and time by hand. Deadlines are monotonic seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pymaster.dialog.smtpd.settings import Settings
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.stored import NewMessage
from pymaster.rules.access.facts import Actions
from pymaster.rules.access.stages import Access
from pymaster.util.clock import SYSTEM, Clock


class Io(Protocol):
    """A connected stream (`runtime.stream.Stream`)."""

    def recv(self, deadline: float) -> bytes:
        """The next bytes, b"" at the end. Raises DeadlineExceeded, ConnectionLost."""

    def send(self, data: bytes, deadline: float) -> None:
        """Send all. Raises DeadlineExceeded, ConnectionLost."""

    def pending(self) -> bool:
        """Whether unread bytes have arrived."""


@dataclass(slots=True)
class Opening:
    """What is known of a message when its first recipient was accepted."""

    origin: Origin
    sender: bytes
    size: int = 0
    encoding: str = "7bit"
    smtputf8: bool = False
    ret: int = 0
    envid: bytes = b""
    context: str = "remote"
    # Who really handed it over, for the Received: line, when XFORWARD gave another origin for the log.
    received_from: Origin | None = None


@dataclass(slots=True)
class Finished:
    """What the pipeline made of a message: something to commit, nothing (discarded), or a refusal."""

    message: NewMessage | None = None
    refusal: tuple[int, str, str] | None = None


class Message(Protocol):
    """One message on its way through the cleanup pipeline."""

    @property
    def queue_id(self) -> str: ...

    def recipient(self, recipient: Recipient) -> None:
        """Add a recipient as the client gave it."""

    def begin(self, actions: Actions) -> None:
        """The content follows; header lines that access tables want come along."""

    def write(self, block: bytes) -> None:
        """Content with LF line ends, cut anywhere."""

    def finish(self, actions: Actions) -> Finished:
        """The end of the content; what access tables want done comes along."""

    def abandon(self) -> None:
        """Forget it: nothing was promised."""


class Commit(Protocol):
    """Makes messages exist."""

    def __call__(self, message: NewMessage, seconds: float) -> str:
        """`durable`, `refused` or `unknown` within `seconds`; raises store.contract.QueueFull."""


class Limits(Protocol):
    """anvil, for clients that are not exempt. Each method counts one event of `client`."""

    def connect(self, client: str) -> tuple[int, int]:
        """(connections now, connections per time unit), this one included."""

    def disconnect(self, client: str) -> None:
        """It left."""

    def message(self, client: str) -> int:
        """Messages per time unit."""

    def recipient(self, client: str) -> int:
        """Recipients per time unit."""


def _nobody(*names: str) -> bool:
    return False


def _always() -> bool:
    return True


@dataclass(slots=True)
class World:
    """One process's share of everything.

    `open(opening, number)` begins a message (raises StoreUnavailable); `arrived` tells qmgr; `service` is the name in master.cf; `lmtp` speaks RFC 2033; `room` says whether there is space for another message;
    predicates take a client's (name, address); `well_formed` says whether an internal address can be one at all; `flush(domain)` asks qmgr to try a site's mail now.
    """

    settings: Settings
    access: Access
    open: Callable[[Opening, int], Message]
    commit: Commit
    arrived: Callable[[str, Envelope], None]
    sleep: Callable[[float], None]
    clock: Clock = SYSTEM
    service: str = "smtp"
    lmtp: bool = False
    room: Callable[[], bool] = _always
    limits: Limits | None = None
    exempt: Callable[[str, str], bool] = _nobody
    xforward: Callable[[str, str], bool] = _nobody
    xclient: Callable[[str, str], bool] = _nobody
    bare_newline_exempt: Callable[[str, str], bool] = _nobody
    well_formed: Callable[[bytes], bool] = lambda address: True
    flushable: Callable[[str], bool] = _nobody
    flush: Callable[[str], None] = lambda domain: None
    discards: Callable[[str], str | None] = lambda address: None
    forbidden: Callable[[bytes], bool] = lambda verb: False
