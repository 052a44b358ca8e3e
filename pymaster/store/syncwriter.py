"""syncwriter - the committer of a process without greenlets: the same methods as runtime.committer, plainly blocking.

Who handles one request at a time (local(8), pickup by command, postsuper) has nothing to group: each call is one
transaction in the calling thread.
"""

from collections.abc import Sequence

from pymaster.model.queueid import BLOCK, Minter
from pymaster.model.stored import NewMessage
from pymaster.store.contract import Apply, Insert, Mark, Op, Outcome, QueueStore, Reserve
from pymaster.store.staging import Stager
from pymaster.util import log
from pymaster.util.clock import SYSTEM, Clock


class SyncCommitter:
    """Writes to the queue from the calling thread. Every method raises QueueFull, and Fatal when nobody knows."""

    def __init__(
        self, store: QueueStore, *, long_ids: bool = False, clock: Clock = SYSTEM, mark: Mark | None = None
    ) -> None:
        self.store = store
        self._clock = clock
        self._minter = Minter(long_ids, clock)
        store.watch(mark, log.error)

    def mint(self) -> str:
        """A fresh queue id; the numbers come from the store in small blocks, for such processes live shortly."""
        try:
            return self._minter.mint()
        except LookupError:
            self._minter.refill(self.store.commit([Reserve(BLOCK // 64)])[0].numbers)
            return self._minter.mint()

    def commit(self, ops: Sequence[Op], deadline: float = 30.0) -> list[Outcome]:
        """Any operations as one transaction. (`deadline` is for the greenlet form; here the caller is the writer.)"""
        outcomes = self.store.commit(ops)
        while self.store.sweep():
            continue
        return outcomes

    def insert(self, message: NewMessage, deadline: float = 30.0) -> Outcome:
        """Make a message exist."""
        return self.commit([Insert(message)])[0]

    def stager(self, queue_id: str) -> Stager:
        """Where a body too large for one row goes, slice by slice."""
        return Stager(queue_id, lambda op: self.commit([op])[0], self._clock)

    def apply(self, ops: Sequence[Apply], deadline: float = 60.0) -> list[Outcome]:
        """Settle messages."""
        return self.commit(ops)

    def close(self) -> None:
        """Nothing waits here."""
        self.store.tend()
