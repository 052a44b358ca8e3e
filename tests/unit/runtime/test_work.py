"""Work in threads: values, exceptions, and others going on meanwhile."""

import time

import gevent
import pytest

from pymaster.runtime import work as module
from pymaster.runtime.work import work
from pymaster.util.errors import DeadlineExceeded


def test_values_and_exceptions_come_back(capfd: pytest.CaptureFixture[str]) -> None:
    assert work(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        work(divmod, 1, 0)
    assert capfd.readouterr().err == "", "nobody else is told"


def test_others_go_on() -> None:
    seen: list[int] = []
    gevent.spawn_later(0.01, seen.append, 1)
    native = gevent.monkey.get_original("time", "sleep") if hasattr(gevent, "monkey") else time.sleep
    work(native, 0.1)
    assert seen == [1]


def test_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEADLINE", 0.02)
    with pytest.raises(DeadlineExceeded):
        work(time.sleep, 0.2)
