"""memory - the queue store as a model: dictionaries, no disk, the same contract. For tests, and to read.

`tests/contract` holds the LMDB store against this one. Decisions are shared (`store.merge`); layout, order, paging and
accounting are its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from pymaster.model.envelope import Envelope
from pymaster.model.stored import HOLD, INCOMING, NewMessage, RecipientState, State, Stored
from pymaster.store import contract, merge
from pymaster.store.contract import Admin, Apply, Due, Grant, Insert, Mark, Op, Outcome, Reserve, Stage, Unstage

SLICE = 65_516
FIRST_NUMBER = 0x1000


@dataclass(slots=True)
class _Message:
    envelope: Envelope
    body: bytes
    state: State
    results: dict[int, RecipientState] = field(default_factory=dict)


@dataclass(slots=True)
class _Reservation:
    parts: list[bytes] = field(default_factory=list)
    expires: float = 0.0


class MemoryQueue:
    """A queue that is gone with its process."""

    def __init__(self) -> None:
        self._messages: dict[str, _Message] = {}
        self._reserved: dict[str, _Reservation] = {}
        self._claimed: dict[str, str] = {}
        self._epoch = 0
        self._numbers = FIRST_NUMBER

    def commit(self, ops: Sequence[Op]) -> list[Outcome]:
        """Apply a batch; one Outcome per op."""
        return [self._run(op) for op in ops]

    def _run(self, op: Op) -> Outcome:
        match op:
            case Insert():
                return self._insert(op.message)
            case Stage():
                return self._stage(op)
            case Unstage():
                return Outcome(contract.DURABLE if self._reserved.pop(op.staged, None) else contract.GONE)
            case Apply():
                return self._apply(op)
            case Admin():
                return self._admin(op)
            case Reserve():
                first = self._numbers
                self._numbers += op.count
                return Outcome(contract.DURABLE, numbers=range(first, self._numbers))

    def _insert(self, message: NewMessage) -> Outcome:
        envelope = message.envelope
        queue_id = envelope.queue_id
        refusal = self._unfit(message)
        if refusal is not None or queue_id in self._messages:
            return refusal or Outcome(contract.DURABLE, "already queued")
        body = b"".join(message.body)
        if message.staged:
            body = b"".join(self._reserved.pop(message.staged).parts)
            self._claimed[message.staged] = queue_id
        state = State(HOLD if message.hold else INCOMING, envelope.arrival)
        self._messages[queue_id] = _Message(envelope, body, state)
        return Outcome(contract.DURABLE)

    def _unfit(self, message: NewMessage) -> Outcome | None:
        queue_id = message.envelope.queue_id
        if not 0 < len(queue_id) <= 64 or not (queue_id.isascii() and queue_id.isalnum()):
            return Outcome(contract.REFUSED, "bad queue id")
        if not message.staged:
            size = sum(map(len, message.body))
        elif message.staged in self._reserved:
            size = sum(map(len, self._reserved[message.staged].parts))
        elif queue_id in self._messages:
            return Outcome(contract.DURABLE, "already queued")
        else:
            size = -1
        if size != message.envelope.size:
            return Outcome(contract.REFUSED, "staged body is gone" if size < 0 else "body size is wrong")
        return None

    def _stage(self, op: Stage) -> Outcome:
        if not 0 < len(op.staged) <= 255 or "\0" in op.staged or len(op.data) > 1 << 20:
            return Outcome(contract.REFUSED, "bad name or slice too large")
        taken = self._claimed.get(op.staged, op.staged) in self._messages
        if taken or op.seq > len(self._reserved.get(op.staged, _Reservation()).parts):
            return Outcome(contract.REFUSED, "the name is taken" if taken else "slice out of order")
        reservation = self._reserved.setdefault(op.staged, _Reservation())
        if op.seq == len(reservation.parts):
            reservation.parts.append(op.data)
            reservation.expires = op.expires
        return Outcome(contract.DURABLE)

    def _apply(self, op: Apply) -> Outcome:
        item = op.settle
        if op.grant.epoch != self._epoch:
            return Outcome(contract.LEASE_LOST)
        message = self._messages.get(item.queue_id)
        if message is None:
            return Outcome(contract.GONE)
        for child in item.children:
            refusal = self._unfit(child)
            if refusal is not None and refusal.result != contract.DURABLE:
                return Outcome(contract.REFUSED, f"child {child.envelope.queue_id}: {refusal.reason}")
        if item.remove:
            del self._messages[item.queue_id]
        else:
            if any(not 0 <= r.n < len(message.envelope.recipients) for r in item.results):
                return Outcome(contract.REFUSED, "no such recipient")
            change = merge.settle(message.state, message.results, item)
            if change.repeat:
                return Outcome(contract.DURABLE, "repeat")
            message.results.update({r.n: r for r in change.results})
            message.state = change.state or message.state
        for child in item.children:
            self._insert(child)
        return Outcome(contract.DURABLE)

    def _admin(self, op: Admin) -> Outcome:
        message = self._messages.get(op.queue_id)
        if message is None:
            return Outcome(contract.GONE)
        if op.verb == contract.DELETE:
            del self._messages[op.queue_id]
            return Outcome(contract.DURABLE)
        state = merge.administer(message.state, op.verb, op.due)
        if state is None:
            return Outcome(contract.REFUSED, f"{op.verb} does not apply")
        message.state = state
        return Outcome(contract.DURABLE)

    def claim(self, node: str) -> Grant:
        """Become the owner of delivery state."""
        self._epoch += 1
        return Grant(node, self._epoch)

    def due(self, until: float, after: tuple[float, str] | None = None, limit: int = 1000) -> list[Due]:
        """Messages due at or before `until`, in time order, after the given row."""
        rows = sorted((m.state.due, i) for i, m in self._messages.items() if m.state.queue != HOLD)
        return [Due(i, due) for due, i in rows if due <= until and (after is None or (due, i) > after)][:limit]

    def load(self, queue_id: str) -> Stored | None:
        """One message's envelope, state and outcomes; None when it is gone."""
        message = self._messages.get(queue_id)
        return Stored(message.envelope, message.state, dict(message.results)) if message else None

    def chunks(self, queue_id: str) -> Iterator[bytes]:
        """The body in blocks. Raises KeyError if it is gone."""
        body = self._messages[queue_id].body
        for offset in range(0, len(body), SLICE):
            yield body[offset : offset + SLICE]

    def read(self, queue_id: str, offset: int, size: int) -> bytes:
        """Up to `size` bytes of the body. Raises KeyError if the message is gone."""
        return self._messages[queue_id].body[offset : offset + size]

    def scan(self, after: str = "", limit: int = 1000, queue: str = "") -> list[Stored]:
        """Messages in id order after `after`, of one queue or all."""
        found = []
        for queue_id in sorted(self._messages):
            stored = self.load(queue_id)
            if queue_id > after and stored is not None and queue in ("", stored.state.queue):
                found.append(stored)
        return found[:limit]

    def count(self) -> int:
        """How many messages there are."""
        return len(self._messages)

    def collect(self, now: float) -> int:
        """Drop expired reservations; how many went."""
        dead = [name for name, item in self._reserved.items() if item.expires <= now]
        for name in dead:
            del self._reserved[name]
        return len(dead)

    def verify(self) -> list[str]:
        """Nothing here can rot."""
        return []

    def sweep(self) -> bool:
        """Nothing is freed in steps."""
        return False

    def tend(self) -> int:
        """There are no readers but ourselves."""
        return 0

    def watch(self, mark: Mark | None, report: Callable[[str], None]) -> None:
        """Nothing here takes long enough to watch."""

    def close(self) -> None:
        """Forget everything."""
        self._messages.clear()
