import os

from pymaster.master.monitor import Monitor, proportional, usage


def test_usage_of_ourselves_and_of_nobody() -> None:
    own = usage(os.getpid())
    assert own["memory"] > 1 << 20
    assert 0 < own["cpu"] < own["age"] < 3600
    assert usage(1 << 22)["memory"] == 0
    assert proportional([os.getpid(), 1 << 22]) > 1 << 20


def test_the_limit_is_looked_at_now_and_then() -> None:
    monitor = Monitor(1)
    assert monitor.too_large([os.getpid()], 100.0) == [os.getpid()]
    assert monitor.too_large([os.getpid()], 101.0) == []
    assert monitor.too_large([os.getpid()], 111.0) == [os.getpid()]
    assert Monitor(0).too_large([os.getpid()], 100.0) == []
