"""A batch: how many rows an operation costs, and what becomes of damaged rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pymaster.model.stored import DEFERRED, Settle, State
from pymaster.store import contract
from pymaster.store.contract import Admin, Apply, Insert
from pymaster.store.queue import Queue
from pymaster.store.queuewrite import Batch
from tests.queues import message, open_queue, rows


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    made = open_queue(tmp_path)
    yield made
    made.close()


class Counting:
    """A transaction that counts what changes rows."""

    def __init__(self, txn: Any) -> None:
        self.txn, self.changes = txn, 0

    def put(self, *args: Any, **kwargs: Any) -> Any:
        self.changes += 1
        return self.txn.put(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        self.changes += 1
        return self.txn.delete(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.txn, name)


def cost(queue: Queue, op: contract.Op) -> int:
    def work(txn: Any) -> int:
        counting = Counting(txn)
        assert Batch(counting, queue.env.tables).run(op).result == contract.DURABLE
        return counting.changes

    return queue.env.write(work)


def test_three_rows_in_three_rows_out(queue: Queue) -> None:
    grant = queue.claim("n")
    assert cost(queue, Insert(message("A1", bytes(5000)))) == 3
    assert cost(queue, Apply(grant, Settle("A1", remove=True))) == 3


def damage(queue: Queue, table: str, key: bytes, value: bytes = b"\1damaged") -> None:
    queue.env.write(lambda txn: txn.put(key, value, db=queue.env.tables[table]))


@pytest.mark.parametrize(("table", "key"), [("msg", b"A1"), ("rcpt", b"A1\0")])
def test_damaged_row_is_set_aside_and_other_mail_flows(queue: Queue, table: str, key: bytes) -> None:
    reports: list[str] = []
    queue.watch(None, reports.append)
    grant = queue.claim("n")
    queue.commit([Insert(message("A1")), Insert(message("A2"))])
    damage(queue, table, key)
    state = State(DEFERRED, 5.0, 1)
    outcomes = queue.commit([Apply(grant, Settle(i, state=state)) for i in ("A1", "A2")])
    assert [o.result for o in outcomes] == [contract.GONE, contract.DURABLE]
    assert queue.corrupt() == ["A1"]
    assert queue.load("A1") is None
    assert len(reports) == 1
    assert reports[0].startswith("A1: ")
    assert [d.queue_id for d in queue.due(9e9)] == ["A2"]
    queue.commit([])
    assert rows(queue)["due"] == 1, "the due row of a message set aside stayed"


def test_delete_of_what_was_set_aside(queue: Queue) -> None:
    queue.commit([Insert(message("A1", bytes(200_000)))])
    damage(queue, "msg", b"A1")
    queue.watch(None, lambda text: None)
    assert queue.commit([Admin("A1", contract.HOLD)])[0].result == contract.GONE
    assert queue.commit([Admin("A1", contract.DELETE)])[0].result == contract.DURABLE
    while queue.sweep():
        continue
    assert queue.corrupt() == []
    queue.due(9e9)
    queue.commit([])
    assert sum(rows(queue).values()) == 1 + (rows(queue)["meta"] - 1)
