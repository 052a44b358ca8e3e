"""Collection: what a kill or damage leaves behind goes, what belongs to mail stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pymaster.model.stored import NewMessage
from pymaster.store.contract import Insert, Stage
from pymaster.store.queue import Queue
from pymaster.store.rows import body_key, due_key, recipient_key
from tests.queues import envelope, message, open_queue, rows


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    made = open_queue(tmp_path)
    made.watch(None, lambda text: None)
    yield made
    made.close()


def put(queue: Queue, table: str, key: bytes, value: bytes = b"x") -> None:
    queue.env.write(lambda txn: txn.put(key, value, db=queue.env.tables[table]))


def test_live_rows_stay(queue: Queue) -> None:
    queue.commit([Stage("S1", 0, b"hello", 100.0), Stage("S2", 0, b"x", 300.0)])
    queue.commit([Insert(NewMessage(envelope("A1"), staged="S1")), Insert(message("A2", hold=True))])
    before = rows(queue)
    assert queue.collect(200.0) == 0
    assert rows(queue) == before


def test_orphans_of_every_kind(queue: Queue) -> None:
    queue.commit([Insert(message("A1"))])
    before = rows(queue)
    queue.env.write(
        lambda txn: [txn.put(recipient_key(b"GONE%d" % n, 0), b"x", db=queue.env.tables["rcpt"]) for n in range(2500)]
    )
    put(queue, "body", body_key(b"GONE", 0))
    put(queue, "body", body_key(b"GONE", 65_516))
    put(queue, "due", due_key(5, b"GONE"))
    assert queue.collect(0.0) == 2502
    assert rows(queue) == before


def test_lost_due_row_comes_back(queue: Queue) -> None:
    queue.commit([Insert(message("A1", arrival=7.0))])
    queue.env.write(lambda txn: txn.delete(due_key(7_000_000, b"A1"), db=queue.env.tables["due"]))
    assert queue.due(9e9) == []
    queue.collect(0.0)
    assert [(d.queue_id, d.due) for d in queue.due(9e9)] == [("A1", 7.0)]


def test_what_was_set_aside_keeps_its_body(queue: Queue) -> None:
    queue.commit([Stage("S1", 0, b"hello", 9e9)])
    queue.commit([Insert(message("A1")), Insert(NewMessage(envelope("A2"), staged="S1"))])
    for key in (b"A1", b"A2"):
        put(queue, "msg", key)
    queue.verify()
    assert queue.corrupt() == ["A1", "A2"]
    queue.collect(0.0)
    assert rows(queue)["body"] == 2


def test_damaged_reservation_goes(queue: Queue) -> None:
    queue.commit([Stage("S1", 0, b"hello", 9e9)])
    put(queue, "meta", b"b\0S1", b"?")
    assert queue.collect(0.0) == 1
    assert rows(queue)["body"] == 0
