"""Reading: damaged rows are reported once and set aside by the next commit; pages do not stop at them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pymaster.model.stored import HOLD
from pymaster.store.contract import CorruptRow, Insert
from pymaster.store.queue import Queue
from tests.queues import message, open_queue


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    made = open_queue(tmp_path)
    made.watch(None, lambda text: None)
    made.commit([Insert(message(f"A{n}", b"x" * 100_000)) for n in range(5)])
    yield made
    made.close()


def damage(queue: Queue, table: str, key: bytes, value: bytes = b"\1damaged") -> None:
    queue.env.write(lambda txn: txn.put(key, value, db=queue.env.tables[table]))


def test_load_of_a_damaged_row(queue: Queue) -> None:
    damage(queue, "msg", b"A1")
    with pytest.raises(CorruptRow):
        queue.load("A1")
    queue.commit([])
    assert queue.load("A1") is None
    assert queue.corrupt() == ["A1"]
    assert queue.suspects == {}


def test_scan_goes_past_damage(queue: Queue) -> None:
    damage(queue, "msg", b"A1")
    damage(queue, "rcpt", b"A3\0")
    assert [s.envelope.queue_id for s in queue.scan()] == ["A0", "A2", "A4"]
    assert queue.scan(queue=HOLD) == []
    assert set(queue.suspects) == {"A1", "A3"}


def test_damaged_body(queue: Queue) -> None:
    damage(queue, "body", b"A1\0" + bytes(5), b"0000" + b"y" * 65_516)
    with pytest.raises(CorruptRow):
        list(queue.chunks("A1"))
    with pytest.raises(CorruptRow):
        queue.read("A1", 10, 10)
    assert queue.read("A1", 70_000, 10) == b"x" * 10


def test_missing_slice(queue: Queue) -> None:
    queue.env.write(lambda txn: txn.delete(b"A1\0" + (65_516).to_bytes(5, "big"), db=queue.env.tables["body"]))
    with pytest.raises(CorruptRow):
        list(queue.chunks("A1"))
    with pytest.raises(CorruptRow):
        queue.read("A1", 70_000, 10)
    assert len(queue.read("A1", 0, 65_516)) == 65_516


def test_removed_while_read(queue: Queue) -> None:
    from pymaster.store.contract import DELETE, Admin

    blocks = queue.chunks("A1")
    next(blocks)
    queue.commit([Admin("A1", DELETE)])
    with pytest.raises(KeyError):
        next(blocks)


def test_scan_by_queue_looks_at_bounded_pages(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pymaster.store.queueread.PAGE", 2)
    queue.commit([Insert(message("Z1", hold=True)), Insert(message("Z2", hold=True))])
    assert [s.envelope.queue_id for s in queue.scan(queue=HOLD)] == ["Z1", "Z2"]
    assert [s.envelope.queue_id for s in queue.scan(queue=HOLD, limit=1)] == ["Z1"]


def test_a_generator_holds_no_reader(queue: Queue) -> None:
    open_bodies = [queue.chunks("A1") for _ in range(600)]
    for body in open_bodies:
        next(body)
    assert queue.load("A2") is not None
