"""agent - what the delivery agents of the Single kind set up before and after privileges: queue, tables, mbox journal."""

import errno
import os
from collections.abc import Iterator

from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import Snapshot
from pymaster.deliver import rights
from pymaster.model.stored import NewMessage
from pymaster.store import safeopen
from pymaster.store.contract import DURABLE, CorruptRow, StoreUnavailable
from pymaster.store.mboxjournal import Journal
from pymaster.store.queue import Queue
from pymaster.store.staging import Stager
from pymaster.store.syncwriter import SyncCommitter
from pymaster.util import log
from pymaster.util.clock import SYSTEM, Clock

# Below queue_directory (the queue) and data_directory (notes about mailboxes).
QUEUE, JOURNAL = "queue", "mbox-journal"


def queue_path(snapshot: Snapshot) -> str:
    """Where the queue is."""
    return os.path.join(snapshot[CoreParams].queue_directory, QUEUE)


class Reader:
    """The queue, opened when the first message is read: an agent may start before anything was ever queued."""

    readonly = True

    def __init__(self, path: str) -> None:
        self._path = path
        self._queue: Queue | None = None

    def open(self) -> None:
        """Open it now, while privileged, if it exists."""
        try:
            self.queue()
        except StoreUnavailable:
            self._queue = None

    def queue(self) -> Queue:
        """The open queue; raises StoreUnavailable."""
        if self._queue is None:
            self._queue = Queue.open(self._path, readonly=self.readonly)
        return self._queue

    def chunks(self, queue_id: str) -> Iterator[bytes]:
        """A message's blocks; raises OSError when they cannot be had: its mail is deferred, other mail flows."""
        try:
            yield from self.queue().chunks(queue_id)
        except KeyError:
            raise OSError(errno.EIO, "the message is gone from the queue") from None
        except (CorruptRow, StoreUnavailable) as error:
            log.warning(f"{queue_id}: {error}")
            raise OSError(errno.EIO, "the message cannot be read from the queue") from error

    def close(self) -> None:
        """Give the queue back."""
        if self._queue is not None:
            self._queue.close()


class Writer(Reader):
    """The queue for an agent that forwards: it mints ids and stages large bodies, and leaves the commit to qmgr."""

    readonly = False

    def __init__(self, snapshot: Snapshot, clock: Clock = SYSTEM) -> None:
        super().__init__(queue_path(snapshot))
        self._long_ids, self._clock = snapshot.text("enable_long_queue_ids") == "yes", clock
        self._committer: SyncCommitter | None = None
        self.open()

    def _writer(self) -> SyncCommitter:
        if self._committer is None:
            self._committer = SyncCommitter(self.queue(), long_ids=self._long_ids, clock=self._clock)
        return self._committer

    def mint(self) -> str:
        """A fresh queue id; raises StoreUnavailable, QueueFull."""
        return self._writer().mint()

    def stager(self, queue_id: str) -> Stager:
        """Where the slices of a large body go."""
        return self._writer().stager(queue_id)

    def insert(self, message: NewMessage) -> None:
        """Commit a message at once; raises StoreUnavailable, QueueFull."""
        outcome = self._writer().insert(message)
        if outcome.result != DURABLE:
            raise StoreUnavailable(f"not committed: {outcome.result} {outcome.reason}")


def journal(snapshot: Snapshot, now: float) -> Journal | None:
    """The notes about mailboxes, or None (and a warning) when their folder cannot be used: mail flows without."""
    path = os.path.join(snapshot[CoreParams].data_directory, JOURNAL)
    try:
        made = Journal(path, rights.elevated)
        made.collect(now)
    except (OSError, safeopen.Unsafe) as error:
        text = error.strerror if isinstance(error, OSError) else str(error)
        log.warning(f"{path}: {text}: a mailbox is not mended after a crash")
        return None
    return made
