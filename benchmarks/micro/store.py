"""store - commits and messages per second, and CPU per message, of the queue store alone and behind the committer.

    python benchmarks/micro/store.py [DIRECTORY]

Messages of 5 KB, batches of 1, 8 and 32; insert, then removal. `engine` is LMDB with rows made beforehand, so what the
house adds can be seen. The disk decides the rates; CPU is what to compare.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.queueid import Minter
from pymaster.model.status import sent
from pymaster.model.stored import NewMessage, RecipientState, Settle
from pymaster.store.contract import Apply, Insert, Op
from pymaster.store.queue import Queue

BODY = os.urandom(5000)
ORIGIN = Origin("client.example.net", "192.0.2.7", "4711", "client.example.net", "helo.example.net", "ESMTP")


def message(queue_id: str) -> NewMessage:
    """A 5 KB message to one recipient."""
    recipients = (Recipient(b"bob@lab.example", b"bob@lab.example"),)
    envelope = Envelope(queue_id, time.time(), b"alice@lab.example", recipients, len(BODY), ORIGIN, message_id=b"<x@y>")
    return NewMessage(envelope, (BODY,))


def measure(label: str, count: int, batch: int, step: Callable[[int], object]) -> None:
    """Run `step` for each batch and print a line."""
    wall, cpu = time.perf_counter(), time.process_time()
    for number in range(count // batch):
        step(number)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    rate, micro = count / wall, cpu / count * 1e6
    print(f"{label:10} batch {batch:3}: {rate / batch:7.0f} commits/s {rate:8.0f} msg/s {micro:7.1f} us CPU a message")


def store(path: str) -> None:
    """The store alone, in this thread."""
    queue = Queue.open(path, create=True)
    grant = queue.claim("bench")
    minter = Minter(False)
    minter.refill(range(0x1000, 0x1000 + 100_000))
    for batch, count in ((1, 500), (8, 4000), (32, 8000)):
        ids = [minter.mint() for _ in range(count)]

        def insert(number: int, batch: int = batch, ids: list[str] = ids) -> None:
            queue.commit([Insert(message(i)) for i in ids[number * batch : number * batch + batch]])

        def remove(number: int, batch: int = batch, ids: list[str] = ids) -> None:
            done = (RecipientState(0, True, sent("ok")),)
            ops: list[Op] = [
                Apply(grant, Settle(i, done, None, True)) for i in ids[number * batch : number * batch + batch]
            ]
            queue.commit(ops)

        def read(number: int, ids: list[str] = ids) -> None:
            b"".join(queue.chunks(ids[number]))

        measure("insert", count, batch, insert)
        measure("read body", count, 1, read)
        measure("remove", count, batch, remove)
    queue.close()


def committer(path: str) -> None:
    """Through the committer: 64 greenlets insert and remove; what a service would see."""
    import gevent

    from pymaster.runtime.committer import Committer

    queue = Queue.open(path, create=True)
    grant = queue.claim("bench")
    writer = Committer(queue)
    commits = [0]
    inner = queue.commit

    def counting(ops: list[Op]) -> object:
        commits[0] += 1
        return inner(ops)

    queue.commit = counting  # type: ignore[method-assign,assignment]

    def client(count: int) -> None:
        for _ in range(count):
            queue_id = writer.mint()
            writer.insert(message(queue_id))
            writer.apply([Apply(grant, Settle(queue_id, remove=True))])

    for clients in (1, 20, 64):
        count, commits[0] = (200 if clients == 1 else 6400), 0
        wall, cpu = time.perf_counter(), time.process_time()
        gevent.joinall([gevent.spawn(client, count // clients) for _ in range(clients)], raise_error=True)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(
            f"committer  {clients:3} greenlets: {commits[0] / wall:6.0f} commits/s {count / wall:8.0f} msg/s in and out "
            f"{cpu / count * 1e6:7.1f} us CPU a message, {2 * count / commits[0]:.1f} operations a commit"
        )
    writer.close()
    queue.close()


def main() -> None:
    """Run everything in a fresh directory under the one given (default: the current one, for /tmp may be memory)."""
    home = tempfile.mkdtemp(prefix="store-bench-", dir=sys.argv[1] if len(sys.argv) > 1 else ".")
    try:
        store(os.path.join(home, "a"))
        committer(os.path.join(home, "b"))
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
