"""The model is held by the contract suite; here only what is its own."""

from pymaster.store.contract import Insert
from pymaster.store.memory import MemoryQueue
from tests.queues import message


def test_nothing_to_tend() -> None:
    queue = MemoryQueue()
    queue.watch(None, print)
    queue.commit([Insert(message("A1"))])
    assert (queue.sweep(), queue.tend(), queue.verify()) == (False, 0, [])
    queue.close()
    assert queue.count() == 0
