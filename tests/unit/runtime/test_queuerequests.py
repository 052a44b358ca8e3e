"""Requests on public/qmgr."""

from typing import Any

import gevent

from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.messages import Arrived, Changed, Flush
from pymaster.model.queuelist import ActiveIds, ActiveQuery
from pymaster.model.stored import DEFERRED, NewMessage, Settle, State
from pymaster.runtime.queuerequests import QueueRequests
from pymaster.store.contract import Apply, Insert
from pymaster.store.memory import MemoryQueue
from pymaster.util import log


class Driver:
    """Writes down what it is asked."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.active = {"A1": 1, "A2": 2}
        self.store = MemoryQueue()
        self.scheduler = self

    def __getattr__(self, name: str) -> Any:
        return lambda *args: self.calls.append((name, *args))


def make() -> tuple[Driver, QueueRequests]:
    driver = Driver()
    return driver, QueueRequests(driver)  # type: ignore[arg-type]


def test_records() -> None:
    driver, requests = make()
    for request in (Arrived("A9"), Changed(("A1",)), Flush("", "A7"), Flush()):
        assert requests.handle(request) is None
    assert driver.calls == [("arrived", "A9", None), ("changed", ("A1",)), ("flush", "A7"), ("flush", "")]
    assert requests.handle(ActiveQuery()) == ActiveIds(("A1", "A2"))


def test_letters() -> None:
    log.setup(sink := log.MemorySink(), "test")
    driver, requests = make()
    requests.letters(b"WDIAFA\0")
    assert driver.calls == [("flush",), ("run",), ("wake",)]
    requests.letters(b"Z")
    assert "unknown queue scan" in sink.text


def test_flush_of_a_site_finds_its_deferred_mail() -> None:
    driver, requests = make()
    grant = driver.store.claim("n")
    for n, domain in enumerate((b"x.example", b"y.example", b"X.Example")):
        envelope = Envelope(f"A{n}", 1.0, b"", (Recipient(b"u@" + domain),), 1, Origin())
        settle = Settle(f"A{n}", state=State(DEFERRED, 1e9, 1))
        driver.store.commit([Insert(NewMessage(envelope, (b"x",))), Apply(grant, settle)])
    requests.handle(Flush("x.example"))
    gevent.sleep(0.01)
    assert [c for c in driver.calls if c[0] == "flush"] == [("flush", "A0"), ("flush", "A2")]
