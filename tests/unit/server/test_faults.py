import errno
from collections.abc import Iterator

import pytest

from pymaster.server.faults import Faults
from pymaster.util import log
from pymaster.util.clock import ManualClock


@pytest.fixture(autouse=True)
def memory() -> Iterator[log.MemorySink]:
    sink, log.LOG.sink = log.LOG.sink, log.MemorySink()
    yield log.LOG.sink
    log.LOG.sink = sink


def test_the_fifth_in_a_minute_ends_the_process(memory: log.MemorySink) -> None:
    clock = ManualClock()
    faults = Faults(clock)
    assert [faults.record(ValueError("x"), "toy", 7) for _ in range(5)] == [False] * 4 + [True]
    assert (7, "warning: toy: ValueError: x") in memory.lines


def test_slow_ones_do_not() -> None:
    clock = ManualClock()
    faults = Faults(clock)
    for _ in range(20):
        assert not faults.record(ValueError("x"), "toy")
        clock.advance(16)


def test_a_full_process_is_not_an_ill_one(memory: log.MemorySink) -> None:
    faults = Faults(ManualClock())
    assert not any(faults.record(OSError(errno.EMFILE, "Too many open files"), "toy") for _ in range(20))
    assert memory.text == "warning: toy: Too many open files\n"
