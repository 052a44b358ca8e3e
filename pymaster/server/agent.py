"""agent - what the delivery agents of the Single kind set up before and after privileges: queue, tables, mbox journal."""

import errno
import os
from collections.abc import Callable, Iterator

from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import Snapshot
from pymaster.deliver import rights
from pymaster.store import safeopen
from pymaster.store.contract import CorruptRow, StoreUnavailable
from pymaster.store.mboxjournal import Journal
from pymaster.store.queue import Queue
from pymaster.util import log

# Below queue_directory (the queue) and data_directory (notes about mailboxes).
QUEUE, JOURNAL = "queue", "mbox-journal"
Chunks = Callable[[str], Iterator[bytes]]


def queue_path(snapshot: Snapshot) -> str:
    """Where the queue is."""
    return os.path.join(snapshot[CoreParams].queue_directory, QUEUE)


class Reader:
    """The queue, opened when the first message is read: an agent may start before anything was ever queued."""

    __slots__ = ("_path", "_queue")

    def __init__(self, path: str) -> None:
        self._path = path
        self._queue: Queue | None = None

    def open(self) -> None:
        """Open it now, while privileged, if it exists."""
        try:
            self._queue = Queue.open(self._path, readonly=True)
        except StoreUnavailable:
            self._queue = None

    def chunks(self, queue_id: str) -> Iterator[bytes]:
        """A message's blocks; raises OSError when they cannot be had: its mail is deferred, other mail flows."""
        try:
            if self._queue is None:
                self._queue = Queue.open(self._path, readonly=True)
            yield from self._queue.chunks(queue_id)
        except KeyError:
            raise OSError(errno.EIO, "the message is gone from the queue") from None
        except (CorruptRow, StoreUnavailable) as error:
            log.warning(f"{queue_id}: {error}")
            raise OSError(errno.EIO, "the message cannot be read from the queue") from error

    def close(self) -> None:
        """Give the queue back."""
        if self._queue is not None:
            self._queue.close()


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
