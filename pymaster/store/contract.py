"""contract - the queue store as an interface, so that services never know the engine (store.md in spirit).

Every write goes through `commit`: a batch of independent operations, each atomic, all durable when it returns. A result
is yes, no or unknown. Implementations: `store.memory` (the model, for tests) and `store.queue` (LMDB). Calls block; they
never switch greenlets. The same test suite (tests/contract/) runs against each.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pymaster.model.stored import NewMessage, Settle, Stored

# Results of one operation. UNKNOWN: the engine failed around its commit point, or nobody waited for its answer; ask
# again with the same ids.
DURABLE, REFUSED, UNKNOWN, GONE, LEASE_LOST = "durable", "refused", "unknown", "gone", "lease-lost"
# Administrative verbs (postsuper(1)).
HOLD, RELEASE, REQUEUE, DELETE, EXPIRE = "hold", "release", "requeue", "delete", "expire"


class QueueFull(Exception):
    """No room: disk floor reached or map full. The receiver answers 452 and keeps nothing."""


class CorruptRow(Exception):
    """A row failed its checksum or schema. The next commit of this process sets it aside; other mail flows."""


class StoreUnavailable(Exception):
    """The store cannot be used now: not created yet, no rights, a newer format, or too many readers at once."""


# Told when a write transaction began (monotonic nanoseconds) and, with 0, that it ended.
Mark = Callable[[int], None]


@dataclass(slots=True, frozen=True)
class Grant:
    """The right to settle: the epoch of the one qmgr that owns delivery state."""

    node: str
    epoch: int


@dataclass(slots=True)
class Insert:
    """Make a message exist. The same id again is DURABLE again. REFUSED when the body does not have the envelope's size."""

    message: NewMessage


@dataclass(slots=True)
class Stage:
    """Write the next slice (at most 1 MB) of a large body under a reservation; invisible until an Insert names it.

    `staged` names the reservation (the queue id does well), `seq` counts its slices from 0, `expires` is the wall time
    when `collect` may drop it. The same slice again is DURABLE again; one out of order is REFUSED.
    """

    staged: str
    seq: int
    data: bytes
    expires: float


@dataclass(slots=True)
class Unstage:
    """Drop a reservation and its slices."""

    staged: str


@dataclass(slots=True)
class Apply:
    """Settle one message under a grant: DURABLE, GONE, LEASE_LOST.

    A recipient once done stays done. The state is taken unless it is older than what is stored (fewer attempts) or the
    message was put on hold meanwhile. A repeat changes nothing and does not insert the children again.
    """

    grant: Grant
    settle: Settle


@dataclass(slots=True)
class Admin:
    """An administrator's verb on one message: DURABLE or GONE; REFUSED when it does not apply (release of unheld).

    `due` is when a released, requeued or expired message is next due (wall seconds); each verb raises State.version.
    """

    queue_id: str
    verb: str
    due: float = 0.0


@dataclass(slots=True)
class Reserve:
    """Take the next `count` numbers for queue ids; `Outcome.numbers` holds them."""

    count: int


Op = Insert | Stage | Unstage | Apply | Admin | Reserve


@dataclass(slots=True)
class Outcome:
    """What became of one operation; `reason` is for the log when it was refused."""

    result: str
    reason: str = ""
    numbers: range = range(0)


@dataclass(slots=True)
class Due:
    """One row of the due index."""

    queue_id: str
    due: float


class QueueStore(Protocol):
    """The queue. Writers: receivers (Insert, Stage, Reserve), qmgr (Apply), postsuper (Admin). Others only read."""

    def commit(self, ops: Sequence[Op]) -> list[Outcome]:
        """Apply a batch durably; one Outcome per op. Raises QueueFull (nothing was applied)."""

    def claim(self, node: str) -> Grant:
        """Become the owner of delivery state; older grants are refused from now on."""

    def due(self, until: float, after: tuple[float, str] | None = None, limit: int = 1000) -> list[Due]:
        """Messages due at or before `until` (wall seconds), in time order, after the given row; held mail is not due."""

    def load(self, queue_id: str) -> Stored | None:
        """One message's envelope, state and outcomes; None when it is gone. Raises CorruptRow."""

    def chunks(self, queue_id: str) -> Iterator[bytes]:
        """The body in blocks, in order; each block is one short read transaction. Raises KeyError if it is gone."""

    def read(self, queue_id: str, offset: int, size: int) -> bytes:
        """Up to `size` bytes of the body. Raises KeyError if the message is gone."""

    def scan(self, after: str = "", limit: int = 1000, queue: str = "") -> list[Stored]:
        """Messages in id order after `after`, of one queue or all; pages for mailq and postsuper."""

    def count(self) -> int:
        """How many messages there are."""

    def collect(self, now: float) -> int:
        """Drop expired reservations and orphans; how many rows went. Run at qmgr's start and hourly."""

    def verify(self) -> list[str]:
        """Problems found by reading everything; corrupt rows are set aside and named."""

    def sweep(self) -> bool:
        """Free a few MB of removed large bodies; whether more waits. Writers call it when they have nothing to do."""

    def tend(self) -> int:
        """Free what dead readers hold; how many there were. Every 30 s, and after a child's death."""

    def watch(self, mark: Mark | None, report: Callable[[str], None]) -> None:
        """Call `mark` around every write transaction from now on, so that a stopped writer can be seen (None: the
        process's own word to the master), and `report` with a line for the log for each message set aside. Both are
        called in the committing thread."""

    def close(self) -> None:
        """Give everything back."""
