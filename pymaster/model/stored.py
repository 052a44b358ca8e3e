"""stored - what the queue keeps beside the immutable envelope, and the batches that change it.

`n` of a recipient is its index in `Envelope.recipients`, from 0. A message without a State row is fresh: queue
`incoming`, due at its arrival.
"""

from dataclasses import dataclass, field

from pymaster.model.envelope import Envelope
from pymaster.model.status import Status
from pymaster.util.record import Record, record

INCOMING, DEFERRED, HOLD = "incoming", "deferred", "hold"
# State.flags
FORCE_EXPIRE, WARNED = 1, 2


@record(tag=10)
class State(Record):
    """The changing part of a message: its queue, when it is next due (wall seconds), attempts made, flags."""

    queue: str
    due: float
    attempts: int = 0
    flags: int = 0
    version: int = 0


@record(tag=11)
class RecipientState(Record):
    """The last outcome of recipient `n`; `done` when it needs no further attempt."""

    n: int
    done: bool
    status: Status


@record(tag=12)
class NewMessage(Record):
    """A message to commit: body inline as blocks (at most 1 MB in all), or staged before under `staged`."""

    envelope: Envelope
    body: tuple[bytes, ...] = ()
    staged: str = ""
    hold: bool = False


@record(tag=13)
class Settle(Record):
    """One message's outcomes, applied in one transaction with its children (forwarded mail, notifications).

    `results` are outcomes of recipients; `state` the new State, or None to leave it; `remove` ends the message.
    """

    queue_id: str
    results: tuple[RecipientState, ...] = ()
    state: State | None = None
    remove: bool = False
    children: tuple[NewMessage, ...] = ()


@dataclass(slots=True)
class Stored:
    """A message as it lies in the queue: envelope, state, and outcomes by recipient index."""

    envelope: Envelope
    state: State
    results: dict[int, RecipientState] = field(default_factory=dict)

    def remaining(self) -> list[int]:
        """Indexes of the recipients that are not done."""
        done = {n for n, r in self.results.items() if r.done}
        return [n for n in range(len(self.envelope.recipients)) if n not in done]
