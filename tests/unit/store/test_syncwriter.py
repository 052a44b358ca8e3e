"""The committer without greenlets."""

from pathlib import Path

from pymaster.model.stored import NewMessage, Settle
from pymaster.store.contract import DURABLE, Apply
from pymaster.store.memory import MemoryQueue
from pymaster.store.syncwriter import SyncCommitter
from tests.queues import envelope, message, open_queue, rows


def test_ids_are_apart() -> None:
    committer = SyncCommitter(MemoryQueue(), long_ids=True)
    assert len({committer.mint() for _ in range(500)}) == 500


def test_in_and_out(tmp_path: Path) -> None:
    queue = open_queue(tmp_path)
    committer = SyncCommitter(queue)
    stage = committer.stager("A1")
    for _ in range(3):
        stage(bytes(1 << 20))
    assert committer.insert(NewMessage(envelope("A1", 3 << 20), staged="A1")).result == DURABLE
    assert committer.insert(message("A2")).result == DURABLE
    grant = queue.claim("n")
    removed = [Apply(grant, Settle(i, remove=True)) for i in ("A1", "A2")]
    assert [o.result for o in committer.apply(removed)] == [DURABLE, DURABLE]
    assert rows(queue)["body"] == 0
    committer.close()
    queue.close()
