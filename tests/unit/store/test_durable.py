import os

import pytest

from pymaster.store.durable import REST, SLOW, Flusher
from pymaster.util.clock import ManualClock


@pytest.fixture
def fds(tmp_path):
    made = [os.open(tmp_path / str(n), os.O_CREAT | os.O_WRONLY) for n in range(4)]
    yield made
    for fd in made:
        os.close(fd)


def test_many_files_of_one_device_cost_one_call(fds):
    calls = []
    flusher = Flusher()
    flusher.syncfs = lambda fd: calls.append(fd) or 0
    flusher.flush(fds)
    assert len(calls) == 1
    flusher.flush(fds[:2])
    assert len(calls) == 1


@pytest.fixture
def slow(monkeypatch):
    """A flusher whose syncfs takes SLOW * 2, and whose fsync takes `clock.each`; the list of what was called."""
    clock, calls = ManualClock(), []

    def syncfs(fd):
        calls.append("syncfs")
        clock.advance(SLOW * 2)
        return 0

    def fsync(fd):
        calls.append("fsync")
        clock.advance(calls_each[0])

    calls_each = [0.0]
    flusher = Flusher(clock)
    flusher.syncfs = syncfs
    monkeypatch.setattr(os, "fsync", fsync)
    return flusher, clock, calls, calls_each


def test_a_slow_call_is_not_repeated_for_a_while(fds, slow):
    flusher, clock, calls, _ = slow
    for _ in range(3):
        flusher.flush(fds)
    assert calls == ["syncfs"] + ["fsync"] * 8
    clock.advance(REST + 1)
    flusher.flush(fds)
    assert calls[-1] == "syncfs"


def test_but_fsync_must_be_faster(fds, slow):
    flusher, clock, calls, each = slow
    each[0] = SLOW
    for _ in range(5):
        flusher.flush(fds)
    assert calls == ["syncfs"] + ["fsync"] * 4 + ["syncfs"] * 3
    clock.advance(REST + 1)
    flusher.flush(fds)
    flusher.flush(fds)
    assert calls[-5:] == ["syncfs"] + ["fsync"] * 4


def test_failure_is_told(fds):
    flusher = Flusher()
    flusher.syncfs = lambda fd: 5
    with pytest.raises(OSError) as told:
        flusher.flush(fds)
    assert told.value.errno == 5


def test_without_syncfs_every_file_is_flushed(fds, monkeypatch):
    flushed = []
    monkeypatch.setattr(os, "fsync", flushed.append)
    flusher = Flusher()
    flusher.syncfs = None
    flusher.flush(fds)
    assert flushed == fds


def test_nothing_to_flush():
    Flusher().flush([])
