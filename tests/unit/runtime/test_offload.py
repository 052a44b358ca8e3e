"""A slow lookup does not stop the hub, a failing one fails the caller."""

import time

import gevent
import pytest

from pymaster.runtime import offload as module
from pymaster.runtime.offload import offload
from pymaster.util.errors import LookupFailed


def slow(key: bytes) -> bytes:
    time.sleep(0.2)
    return key + b"!"


def test_the_hub_goes_on() -> None:
    turns = 0
    greenlet = gevent.spawn(offload, slow, b"k")
    while not greenlet.ready():
        gevent.sleep(0.01)
        turns += 1
    assert greenlet.get() == b"k!"
    assert turns > 5


def test_failures_reach_the_caller() -> None:
    def ill(key: bytes) -> bytes:
        raise LookupFailed("down")

    with pytest.raises(LookupFailed, match="down"):
        offload(ill, b"k")


def test_a_lookup_that_takes_too_long_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEADLINE", 0.05)
    with pytest.raises(LookupFailed):
        offload(slow, b"k")
