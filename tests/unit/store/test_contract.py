"""Both stores offer the whole contract."""

import inspect

import pytest

from pymaster.store.contract import QueueStore
from pymaster.store.memory import MemoryQueue
from pymaster.store.queue import Queue

NAMES = [name for name, item in vars(QueueStore).items() if inspect.isfunction(item) and not name.startswith("_")]


@pytest.mark.parametrize("store", [MemoryQueue, Queue])
@pytest.mark.parametrize("name", NAMES)
def test_methods(store: type, name: str) -> None:
    offered = inspect.signature(getattr(store, name)).parameters
    wanted = inspect.signature(getattr(QueueStore, name)).parameters
    assert list(offered) == list(wanted)
    assert [p.default for p in offered.values()] == [p.default for p in wanted.values()]
