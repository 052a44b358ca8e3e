"""Opening the queue: formats, the disk's floor, verification. (What it does is in tests/contract.)"""

from pathlib import Path

import pytest

from pymaster.model.stored import Settle
from pymaster.store.contract import DURABLE, Apply, Insert, QueueFull, Stage, StoreUnavailable
from pymaster.store.queue import Queue
from tests.queues import message, open_queue


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    queue = open_queue(tmp_path)
    queue.env.write(lambda txn: txn.put(b"format", (2).to_bytes(8, "big"), db=queue.env.tables["meta"]))
    queue.close()
    with pytest.raises(StoreUnavailable, match="format 2"):
        open_queue(tmp_path)


def test_read_only(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        Queue.open(str(tmp_path / "queue"), readonly=True)
    queue = open_queue(tmp_path)
    queue.commit([Insert(message("A1"))])
    queue.close()
    reader = Queue.open(str(tmp_path / "queue"), readonly=True)
    assert reader.count() == 1
    assert b"".join(reader.chunks("A1")) == b"hello"
    reader.close()


def test_floor_stops_new_mail_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = open_queue(tmp_path)
    grant = queue.claim("n")
    queue.commit([Insert(message("A1"))])
    monkeypatch.setattr(queue, "floor", 1 << 60)
    for op in (Insert(message("A2")), Stage("S1", 0, b"x", 9e9)):
        with pytest.raises(QueueFull):
            queue.commit([op])
    child = Settle("A1", remove=True, children=(message("D1"),))
    assert queue.commit([Apply(grant, child)])[0].result == DURABLE
    assert [s.envelope.queue_id for s in queue.scan()] == ["D1"]
    queue.close()


def test_numbers_survive(tmp_path: Path) -> None:
    from pymaster.store.contract import Reserve

    queue = open_queue(tmp_path)
    first = queue.commit([Reserve(100)])[0].numbers
    grant = queue.claim("n")
    queue.close()
    queue = open_queue(tmp_path)
    assert queue.commit([Reserve(1)])[0].numbers[0] == first[-1] + 1
    assert queue.claim("n").epoch == grant.epoch + 1
    queue.close()


def test_tend_and_close(tmp_path: Path) -> None:
    queue = open_queue(tmp_path)
    assert queue.tend() == 0
    queue.close()
