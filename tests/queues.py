"""Messages and stores for tests of the queue."""

from pathlib import Path

from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.stored import NewMessage
from pymaster.store.memory import MemoryQueue
from pymaster.store.queue import Queue

BIG_DISK = 0  # a test's disk may be small: no floor
AnyQueue = MemoryQueue | Queue


def envelope(queue_id: str, size: int = 5, arrival: float = 1000.0, recipients: int = 1) -> Envelope:
    """An envelope with `recipients` recipients."""
    people = tuple([Recipient(b"user%d@lab.example" % n) for n in range(recipients)])
    return Envelope(queue_id, arrival, b"alice@lab.example", people, size, Origin())


def message(
    queue_id: str, body: bytes = b"hello", arrival: float = 1000.0, recipients: int = 1, hold: bool = False
) -> NewMessage:
    """A message with its body inline."""
    return NewMessage(envelope(queue_id, len(body), arrival, recipients), (body,), hold=hold)


def open_queue(path: Path, **how: object) -> Queue:
    """The LMDB queue in a folder of the test."""
    return Queue.open(str(path / "queue"), create=True, floor=BIG_DISK, **how)  # type: ignore[arg-type]


def rows(queue: Queue) -> dict[str, int]:
    """How many rows each table has."""
    with queue.env.read() as txn:
        return {name: txn.stat(handle)["entries"] for name, handle in queue.env.tables.items()}
