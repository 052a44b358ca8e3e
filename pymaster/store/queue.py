"""queue - the message queue over LMDB: store.contract.QueueStore.

Every write is one transaction for a whole batch, durable when `commit` returns. Reading and writing halves live in
queueread and queuewrite; this module opens the store, guards its room, and runs batches.
"""

from collections.abc import Callable, Sequence
from typing import Any

from pymaster.store import collect, fsck, queuebody
from pymaster.store.contract import Apply, Grant, Insert, Mark, Op, Outcome, QueueFull, Stage, StoreUnavailable
from pymaster.store.env import MAP_SIZE, Env
from pymaster.store.queueread import QueueReader
from pymaster.store.queuewrite import Batch
from pymaster.store.rows import FORMAT, TABLES
from pymaster.util import log

# Room (bytes) that new mail must leave on the disk, so that the queue can drain and the machine stays usable.
FLOOR = 16 << 20


class Queue(QueueReader):
    """An open queue. `report` is told of each message set aside (a text for the log)."""

    def __init__(self, env: Env, floor: int = FLOOR) -> None:
        super().__init__(env)
        self.floor = floor
        self.report: Callable[[str], None] = log.error
        # Unknown after a start: the process before us may have left large bodies half freed.
        self._untidy = True

    @classmethod
    def open(
        cls,
        path: str,
        *,
        readonly: bool = False,
        create: bool = False,
        floor: int = FLOOR,
        map_size: int = MAP_SIZE,
    ) -> "Queue":
        """Open the queue in directory `path`; once per process, never before a fork. Raises StoreUnavailable, Fatal."""
        queue = cls(Env(path, TABLES, readonly=readonly, create=create, map_size=map_size), floor)
        queue._check_format(readonly)
        return queue

    def _check_format(self, readonly: bool) -> None:
        with self.env.read() as txn:
            value = txn.get(b"format", db=self._tables["meta"])
        if value is None and not readonly:
            number = FORMAT.to_bytes(8, "big")
            self.env.write(lambda txn: txn.put(b"format", number, overwrite=False, db=self._tables["meta"]))
        elif value is not None and int.from_bytes(value, "big") > FORMAT:
            self.close()
            raise StoreUnavailable(f"the queue has format {int.from_bytes(value, 'big')}, this program knows {FORMAT}")

    def has_room(self, need: int) -> bool:
        """Whether `need` bytes may be accepted: the disk's floor is left to what is in the queue already."""
        return self.env.has_room(self.floor + need)

    def commit(self, ops: Sequence[Op]) -> list[Outcome]:
        """Apply a batch durably; one Outcome per op. Raises QueueFull (nothing was applied), Fatal."""
        need, content = _weigh(ops)
        if content and not self.env.has_room(self.floor + need):
            raise QueueFull("the queue's disk has reached its floor")
        suspects, stale = dict(self.suspects), set(self.stale)
        batches: list[Batch] = []

        def work(txn: Any) -> list[Outcome]:
            batch = Batch(txn, self._tables)
            batches.append(batch)
            for queue_id, reason in suspects.items():
                batch.set_aside(queue_id.encode(), reason)
            for key in stale:
                txn.delete(key, db=self._tables["due"])
            return [batch.run(op) for op in ops]

        outcomes = self.env.write(work, need)
        self._after(batches[-1], suspects, stale)
        return outcomes

    def _after(self, batch: Batch, suspects: dict[str, str], stale: set[bytes]) -> None:
        self._untidy = self._untidy or not batch.swept
        self.env.mapping.touched(batch.freed)
        self.stale -= stale
        for queue_id in suspects:
            self.suspects.pop(queue_id, None)
        for queue_id, reason in batch.damage:
            self.report(f"{queue_id}: damaged queue row ({reason}), message set aside as corrupt")

    def claim(self, node: str) -> Grant:
        """Become the owner of delivery state; older grants are refused from now on."""

        def work(txn: Any) -> int:
            epoch = Batch(txn, self._tables).number(b"epoch") + 1
            txn.put(b"epoch", epoch.to_bytes(8, "big"), db=self._tables["meta"])
            txn.put(b"node", node.encode(), db=self._tables["meta"])
            return epoch

        return Grant(node, self.env.write(work))

    def sweep(self) -> bool:
        """Free a few MB of removed large bodies; whether more waits."""
        if not self._untidy:
            return False
        with self.env.read() as txn:
            self._untidy = bool(queuebody.trash(txn, self._tables))
        if self._untidy:
            self._untidy = self.env.write(lambda txn: queuebody.sweep(txn, self._tables))
            self.env.mapping.touched(queuebody.MAX_FREE)
        return self._untidy

    def collect(self, now: float) -> int:
        """Drop expired reservations and orphans, give lost mail its due row back; how many rows went."""
        return collect.collect(self.env, now)

    def verify(self) -> list[str]:
        """Problems found by reading everything; damaged messages are set aside and named."""
        problems = fsck.verify(self)
        if self.suspects or self.stale:
            self.commit(())
        return problems

    def tend(self) -> int:
        """Free the slots of readers that died and pages read; call it every 30 s and after a child's death."""
        self.env.mapping.forget()
        return self.env.reader_check()

    def watch(self, mark: Mark | None, report: Callable[[str], None]) -> None:
        """Call `mark` around every write transaction, `report` for each message set aside."""
        self.env.mark, self.report = mark or self.env.mark, report

    def close(self) -> None:
        """Give everything back."""
        self.env.close()


def _weigh(ops: Sequence[Op]) -> tuple[int, bool]:
    """About how many bytes a batch adds, and whether it brings content from outside (settlements must always go)."""
    total, content = 0, False
    for op in ops:
        if type(op) is Insert:
            total += sum([len(block) for block in op.message.body]) + 1024
            content = True
        elif type(op) is Stage:
            total += len(op.data)
            content = True
        elif type(op) is Apply:
            for child in op.settle.children:
                total += sum([len(block) for block in child.body]) + 1024
    return total, content
