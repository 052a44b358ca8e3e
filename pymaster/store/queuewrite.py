"""queuewrite - the operations of a batch, inside one write transaction.

Each operation reads and decides before it writes, so one that is refused leaves no trace and the batch goes on. A fresh
message is three puts (msg, body, due), the removal of a fresh one three deletes; that is what the queue's speed rests on.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pymaster.model.stored import HOLD, INCOMING, NewMessage, RecipientState, State
from pymaster.store import contract, merge, queuebody
from pymaster.store.contract import Admin, Apply, CorruptRow, Insert, Op, Outcome, Reserve, Stage, Unstage
from pymaster.store.rows import (
    MessageRow,
    due_key,
    micro,
    pack_message,
    recipient_key,
    seal,
    state_key,
    unpack_message,
    unpack_record,
)

FIRST_NUMBER = 0x1000


class Batch:
    """The operations of one write transaction. `damage` collects (id, reason) of messages set aside; `swept` is False
    when a large body was left to `sweep`."""

    __slots__ = ("_epoch", "_room", "damage", "swept", "tables", "txn")

    def __init__(self, txn: Any, tables: Mapping[str, Any]) -> None:
        self.txn, self.tables = txn, tables
        self.damage: list[tuple[str, str]] = []
        self.swept = True
        self._epoch = -1
        self._room = queuebody.MAX_FREE

    @property
    def freed(self) -> int:
        """Bytes of bodies freed so far."""
        return queuebody.MAX_FREE - self._room

    def run(self, op: Op) -> Outcome:
        """One operation."""
        return _VERBS[type(op)](self, op)

    def insert(self, op: Insert) -> Outcome:
        """Make a message exist."""
        return self._put(op.message)

    def _put(self, message: NewMessage) -> Outcome:
        envelope = message.envelope
        queue_id = envelope.queue_id.encode()
        name = message.staged.encode()
        refusal = self._unfit(message, queue_id)
        if refusal is not None:
            return refusal
        txn, tables = self.txn, self.tables
        row = pack_message(envelope, name)
        if not txn.put(queue_id, row, overwrite=False, db=tables["msg"]):
            return Outcome(contract.DURABLE, "already queued")
        if name:
            queuebody.claim(txn, tables, name, queue_id)
        else:
            queuebody.put(txn, tables, queue_id, message.body)
        if message.hold:
            state = State(HOLD, envelope.arrival)
            txn.put(state_key(queue_id), seal(state.pack()), db=tables["rcpt"])
        else:
            txn.put(due_key(micro(envelope.arrival), queue_id), b"", db=tables["due"])
        return Outcome(contract.DURABLE)

    def _unfit(self, message: NewMessage, queue_id: bytes) -> Outcome | None:
        """Why a message cannot be queued: what is stored must be the whole body, or nothing."""
        if not 0 < len(queue_id) <= 64 or not queue_id.isalnum():
            return Outcome(contract.REFUSED, "bad queue id")
        if not message.staged:
            size = sum([len(block) for block in message.body])
        else:
            size = queuebody.reserved_size(self.txn, self.tables, message.staged.encode())
            if size < 0 and self.txn.get(queue_id, db=self.tables["msg"]) is not None:
                return Outcome(contract.DURABLE, "already queued")
        if size != message.envelope.size:
            return Outcome(contract.REFUSED, "staged body is gone" if size < 0 else "body size is wrong")
        return None

    def stage(self, op: Stage) -> Outcome:
        """A slice of a large body."""
        return queuebody.stage(self.txn, self.tables, op)

    def unstage(self, op: Unstage) -> Outcome:
        """Drop a reservation."""
        self.swept = False
        return queuebody.unstage(self.txn, self.tables, op.staged)

    def reserve(self, op: Reserve) -> Outcome:
        """Take numbers for queue ids."""
        first = self.number(b"ids", FIRST_NUMBER)
        self.txn.put(b"ids", (first + op.count).to_bytes(8, "big"), db=self.tables["meta"])
        return Outcome(contract.DURABLE, numbers=range(first, first + op.count))

    def number(self, key: bytes, default: int = 0) -> int:
        """A number of `meta`."""
        value = self.txn.get(key, db=self.tables["meta"])
        return default if value is None else int.from_bytes(value, "big")

    def find(self, queue_id: bytes) -> MessageRow | None:
        """A message's row; None when it is gone. Raises CorruptRow."""
        value = self.txn.get(queue_id, db=self.tables["msg"])
        return None if value is None else unpack_message(value, queue_id)

    def state(self, queue_id: bytes, row: MessageRow) -> tuple[State, bool]:
        """A message's state, and whether it rests on a row of its own. Raises CorruptRow."""
        value = self.txn.get(state_key(queue_id), db=self.tables["rcpt"])
        if value is None:
            return State(INCOMING, row.due / 1_000_000), False
        return unpack_record(value, State), True

    def apply(self, op: Apply) -> Outcome:
        """Settle one message."""
        if self._epoch < 0:
            self._epoch = self.number(b"epoch")
        if op.grant.epoch != self._epoch:
            return Outcome(contract.LEASE_LOST)
        queue_id = op.settle.queue_id.encode()
        try:
            row = self.find(queue_id)
            return Outcome(contract.GONE) if row is None else self._settle(op, queue_id, row)
        except CorruptRow as exc:
            return self.set_aside(queue_id, str(exc))

    def _settle(self, op: Apply, queue_id: bytes, row: MessageRow) -> Outcome:
        item = op.settle
        for child in item.children:
            refusal = self._unfit(child, child.envelope.queue_id.encode())
            if refusal is not None and refusal.result != contract.DURABLE:
                return Outcome(contract.REFUSED, f"child {child.envelope.queue_id}: {refusal.reason}")
        old, _ = self.state(queue_id, row)
        if item.remove:
            self.remove(queue_id, row, old)
        else:
            if any(not 0 <= r.n < row.recipients for r in item.results):
                return Outcome(contract.REFUSED, "no such recipient")
            change = merge.settle(old, self._known(queue_id, [r.n for r in item.results]), item)
            if change.repeat:
                return Outcome(contract.DURABLE, "repeat")
            for result in change.results:
                key = recipient_key(queue_id, result.n)
                self.txn.put(key, seal(result.pack()), db=self.tables["rcpt"])
            if change.state is not None:
                self.put_state(queue_id, old, change.state)
        for child in item.children:
            self._put(child)
        return Outcome(contract.DURABLE)

    def _known(self, queue_id: bytes, numbers: list[int]) -> dict[int, RecipientState]:
        found = {}
        for n in numbers:
            value = self.txn.get(recipient_key(queue_id, n), db=self.tables["rcpt"])
            if value is not None:
                found[n] = unpack_record(value, RecipientState)
        return found

    def put_state(self, queue_id: bytes, old: State, new: State) -> None:
        """Write a state and move the due row; mail on hold has none."""
        txn, due = self.txn, self.tables["due"]
        if old.queue != HOLD:
            txn.delete(due_key(micro(old.due), queue_id), db=due)
        if new.queue != HOLD:
            txn.put(due_key(micro(new.due), queue_id), b"", db=due)
        txn.put(state_key(queue_id), seal(new.pack()), db=self.tables["rcpt"])

    def remove(self, queue_id: bytes, row: MessageRow, state: State) -> None:
        """End a message."""
        txn, tables = self.txn, self.tables
        txn.delete(queue_id, db=tables["msg"])
        if state.queue != HOLD:
            txn.delete(due_key(micro(state.due), queue_id), db=tables["due"])
        self.drop_outcomes(queue_id)
        if row.size <= self._room:
            self._room -= row.size
            queuebody.free(txn, tables, row.body, row.size, row.staged)
        else:
            queuebody.discard(txn, tables, row.body)
            self.swept = False

    def drop_outcomes(self, queue_id: bytes) -> None:
        """Delete a message's rows of `rcpt`."""
        prefix = state_key(queue_id)
        cursor = self.txn.cursor(db=self.tables["rcpt"])
        cursor.set_range(prefix)
        while cursor.key().startswith(prefix):
            cursor.delete()

    def admin(self, op: Admin) -> Outcome:
        """An administrator's verb."""
        queue_id = op.queue_id.encode()
        try:
            row = self.find(queue_id)
            if row is None:
                return self._purge(queue_id) if op.verb == contract.DELETE else Outcome(contract.GONE)
            old, _ = self.state(queue_id, row)
        except CorruptRow as exc:
            return self.set_aside(queue_id, str(exc))
        if op.verb == contract.DELETE:
            self.remove(queue_id, row, old)
            return Outcome(contract.DURABLE)
        new = merge.administer(old, op.verb, op.due)
        if new is None:
            return Outcome(contract.REFUSED, f"{op.verb} does not apply")
        self.put_state(queue_id, old, new)
        return Outcome(contract.DURABLE)

    def _purge(self, queue_id: bytes) -> Outcome:
        """Delete a message that had been set aside; its body goes by the collection of orphans."""
        if not self.txn.delete(queue_id, db=self.tables["corrupt"]):
            return Outcome(contract.GONE)
        self.drop_outcomes(queue_id)
        queuebody.discard(self.txn, self.tables, queue_id)
        self.swept = False
        return Outcome(contract.DURABLE)

    def set_aside(self, queue_id: bytes, reason: str) -> Outcome:
        """Move a damaged message's row to `corrupt`; its body and outcomes stay for whoever mends it."""
        value = self.txn.get(queue_id, db=self.tables["msg"])
        if value is not None:
            self.txn.put(queue_id, value, db=self.tables["corrupt"])
            self.txn.delete(queue_id, db=self.tables["msg"])
            self.damage.append((queue_id.decode("ascii", "replace"), reason))
        return Outcome(contract.GONE, f"corrupt: {reason}")


_VERBS: dict[type, Callable[[Batch, Any], Outcome]] = {
    Insert: Batch.insert,
    Stage: Batch.stage,
    Unstage: Batch.unstage,
    Apply: Batch.apply,
    Admin: Batch.admin,
    Reserve: Batch.reserve,
}
