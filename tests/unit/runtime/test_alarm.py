import time

import gevent
import pytest

from pymaster.runtime.alarm import Alarm


@pytest.fixture
def rings():
    return []


@pytest.fixture
def alarm(rings):
    made = Alarm(lambda: rings.append(time.monotonic()))
    yield made
    made.close()


def test_rings_once(alarm, rings):
    began = time.monotonic()
    alarm.within(0.02)
    gevent.sleep(0.1)
    assert len(rings) == 1 and rings[0] - began >= 0.015


def test_the_earliest_wish_counts(alarm, rings):
    alarm.within(5.0)
    alarm.within(0.01)
    alarm.within(3.0)
    gevent.sleep(0.1)
    assert len(rings) == 1


def test_again_after_it_rang(alarm, rings):
    for _ in range(2):
        alarm.within(0.0)
        gevent.sleep(0.02)
    assert len(rings) == 2


def test_closed(alarm, rings):
    alarm.within(0.01)
    alarm.close()
    alarm.close()
    gevent.sleep(0.05)
    assert rings == []
