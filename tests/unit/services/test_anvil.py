import importlib.util
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.model.anvil import CONNECT, DISCONNECT, LOOKUP, MESSAGE, Count
from pymaster.util import log
from pymaster.util.clock import ManualClock

ROOT = Path(__file__).resolve().parents[3]


def load() -> Any:
    spec = importlib.util.spec_from_file_location("anvil_under_test", ROOT / "services/anvil.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def anvil() -> Iterator[Any]:
    module = load()
    service = module.Anvil()
    service.clock = ManualClock()
    service.snapshot = Snapshot.from_text("anvil_rate_time_unit = 60s")
    service.start()
    sink, log.LOG.sink = log.LOG.sink, log.MemorySink()
    yield service
    log.LOG.sink = sink


def test_counts_and_the_unit_of_time(anvil: Any) -> None:
    opened: Counter[str] = Counter()
    anvil.count(Count(1, "smtp:192.0.2.1", CONNECT), opened)
    anvil.count(Count(2, "smtp:192.0.2.1", MESSAGE), opened)
    rates = anvil.count(Count(3, "smtp:192.0.2.1", MESSAGE), opened)
    assert (rates.request, rates.connections, rates.connects, rates.messages) == (3, 1, 1, 2)
    anvil.clock.advance(60)
    rates = anvil.count(Count(4, "smtp:192.0.2.1", LOOKUP), opened)
    assert (rates.connections, rates.messages) == (1, 0)
    assert anvil.count(Count(5, "smtp:192.0.2.2", LOOKUP), opened).connections == 0


def test_connections_are_taken_back_once(anvil: Any) -> None:
    opened: Counter[str] = Counter()
    for _ in range(2):
        anvil.count(Count(1, "a", CONNECT), opened)
    assert anvil.count(Count(1, "a", DISCONNECT), opened).connections == 1
    other: Counter[str] = Counter()
    assert anvil.count(Count(1, "a", DISCONNECT), other).connections == 1  # not its own
    anvil.disconnect("a", opened["a"])
    assert anvil.clients["a"].open == 0


def test_memory_is_bounded_and_the_past_forgotten(anvil: Any) -> None:
    for number in range(20):
        anvil.count(Count(1, f"a{number}" + "x" * 1000, MESSAGE), Counter())
    assert all(len(ident) <= 300 for ident in anvil.clients)
    anvil.clock.advance(61)
    anvil.forget()
    assert anvil.clients == {}


def test_report(anvil: Any) -> None:
    anvil.count(Count(1, "smtp:192.0.2.1", CONNECT), Counter())
    anvil.report()
    assert "statistics: max connection rate 1/60s for (smtp:192.0.2.1)" in log.LOG.sink.text  # type: ignore[attr-defined]
    assert "statistics: max connection count 1 for (smtp:192.0.2.1)" in log.LOG.sink.text  # type: ignore[attr-defined]
    assert set(anvil.every()) == {600.0, 60.5}
