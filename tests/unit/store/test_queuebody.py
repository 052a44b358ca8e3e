"""Bodies: freed in steps, never half visible. (Their bytes are the contract suite's, K12.)"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pymaster.model.stored import NewMessage
from pymaster.store import contract
from pymaster.store.contract import Admin, Insert, Stage, Unstage
from pymaster.store.queue import Queue
from pymaster.store.queuebody import MAX_FREE
from tests.queues import envelope, message, open_queue, rows

MB = 1 << 20


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    made = open_queue(tmp_path)
    yield made
    made.close()


def steps(queue: Queue) -> int:
    count = 1
    while queue.sweep():
        count += 1
    return count


def test_large_inline_body_is_freed_in_steps(queue: Queue) -> None:
    queue.commit([Insert(message("A1", bytes(5 * MAX_FREE)))])
    queue.commit([Admin("A1", contract.DELETE)])
    assert queue.count() == 0
    assert rows(queue)["body"] > 600, "a large body was freed in the transaction that removed its message"
    assert steps(queue) >= 5
    assert rows(queue)["body"] == 0


@pytest.mark.parametrize("size", [200_000, 5 * MB])
def test_small_body_goes_at_once(queue: Queue, size: int) -> None:
    queue.commit([Insert(message("A1", bytes(size)))])
    queue.commit([Admin("A1", contract.DELETE)])
    assert (rows(queue)["body"], steps(queue)) == (0, 1)


def test_staged_body_goes_at_once_with_what_held_it(queue: Queue) -> None:
    for name in ("A1", "S2"):
        queue.commit([Stage(name, seq, bytes(MB), 9e9) for seq in range(3)])
        queue.commit([Insert(NewMessage(envelope(f"A{name[1]}", 3 * MB), staged=name))])
        queue.commit([Admin(f"A{name[1]}", contract.DELETE)])
        assert (rows(queue)["body"], rows(queue)["meta"], steps(queue)) == (0, 1, 1)


def test_a_transaction_frees_so_much_however_many_messages_go(queue: Queue) -> None:
    for number in range(3):
        queue.commit([Insert(message(f"A{number}", bytes(5 * MB)))])
    queue.commit([Admin(f"A{number}", contract.DELETE) for number in range(3)])
    left = rows(queue)["body"]
    assert 2 * 80 <= left < 3 * 80
    assert steps(queue) > 1
    assert rows(queue)["body"] == 0


def test_staged_body_is_not_copied(queue: Queue) -> None:
    for seq in range(4):
        queue.commit([Stage("S1", seq, bytes(MB), 9e9)])
    before = rows(queue)["body"]
    queue.commit([Insert(NewMessage(envelope("A1", 4 * MB), staged="S1"))])
    assert rows(queue)["body"] == before
    queue.commit([Admin("A1", contract.DELETE)])
    steps(queue)
    assert (rows(queue)["body"], rows(queue)["meta"]) == (0, 1)


def test_a_name_in_the_trash_is_not_taken_again(queue: Queue) -> None:
    queue.commit([Stage("S1", 0, bytes(MB), 9e9)])
    queue.commit([Unstage("S1")])
    assert queue.commit([Stage("S1", 0, b"new", 9e9)])[0].result == contract.REFUSED
    steps(queue)
    assert queue.commit([Stage("S1", 0, b"new", 9e9)])[0].result == contract.DURABLE


def test_trash_survives_a_restart(queue: Queue, tmp_path: Path) -> None:
    queue.commit([Insert(message("A1", bytes(3 * MAX_FREE)))])
    queue.commit([Admin("A1", contract.DELETE)])
    queue.close()
    again = open_queue(tmp_path)
    steps(again)
    assert rows(again)["body"] == 0
    again.close()
