"""Pools of delivery agents over real sockets."""

import sys
from pathlib import Path
from typing import Any

import gevent

sys.path.insert(0, str(Path(__file__).parent))

from recordserver import RecordServer, until

from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.messages import DeliveryReport, DeliveryRequest, Hello
from pymaster.model.status import sent
from pymaster.runtime.agentpool import AgentPool, PoolEvents
from pymaster.util import log
from pymaster.util.record import Record

ENVELOPE = Envelope("A1", 1.0, b"a@b", (Recipient(b"c@d"),), 5, Origin())


class Owner:
    """Remembers what a pool tells."""

    def __init__(self, path: Path, **limits: Any) -> None:
        log.setup(log.MemorySink(), "test")
        self.reports: list[Any] = []
        self.gone: list[Any] = []
        self.capacities: list[int] = []
        self.downs: list[tuple[float, str]] = []
        events = PoolEvents(
            lambda item, report: self.reports.append(item),
            self.gone.append,
            lambda name, count: self.capacities.append(count),
            lambda name, seconds, reason: self.downs.append((seconds, reason)),
        )
        self.pool = AgentPool(str(path), "smtp", events, **limits)

    def send(self, item: Any) -> bool:
        return self.pool.send(item, DeliveryRequest(0, "hop", ENVELOPE, (0,), 1.0, 1.0))


def answer(request: Record) -> Record:
    assert isinstance(request, DeliveryRequest)
    return DeliveryReport(request.request, (sent("ok"),))


def test_requests_in_flight_up_to_the_window(tmp_path: Path) -> None:
    server = RecordServer(tmp_path / "smtp", Hello("delivery", window=3), (DeliveryRequest,), answer)
    owner = Owner(server.path)
    assert not owner.send("too early")
    owner.pool.grow()
    until(lambda: owner.capacities == [3])
    assert [owner.send(n) for n in range(4)] == [True, True, True, False]
    until(lambda: owner.reports == [0, 1, 2])
    assert owner.send(4)
    owner.pool.close()
    server.stop()


def test_a_single_agent_gets_a_connection_per_delivery(tmp_path: Path) -> None:
    server = RecordServer(tmp_path / "local", Hello("delivery"), (DeliveryRequest,), lambda r: None)
    owner = Owner(server.path, maximum=3)
    for _ in range(5):
        owner.pool.grow()
        gevent.sleep(0.02)
    until(lambda: owner.pool.capacity == 3)
    assert [owner.send(n) for n in range(4)] == [True, True, True, False]
    assert len(server.socks) == 3
    owner.pool.close()
    server.stop()


def test_death_of_an_agent_gives_its_deliveries_back_at_once(tmp_path: Path) -> None:
    server = RecordServer(tmp_path / "smtp", Hello("delivery", window=5), (DeliveryRequest,), lambda r: None)
    owner = Owner(server.path)
    owner.pool.grow()
    until(lambda: owner.capacities)
    assert owner.send("a") and owner.send("b")
    until(lambda: len(server.got) == 2)
    server.hang_up()
    until(lambda: owner.gone == ["a", "b"])
    assert owner.capacities == [5, 0]
    server.answer = answer
    owner.pool.grow()
    until(lambda: owner.capacities == [5, 0, 5])
    assert owner.send("a")
    until(lambda: owner.reports == ["a"])
    owner.pool.close()
    server.stop()


def test_nobody_listens(tmp_path: Path) -> None:
    owner = Owner(tmp_path / "none")
    owner.pool.grow()
    until(lambda: owner.downs)
    owner.pool.grow()
    until(lambda: owner.capacities == [0])
    owner.pool.grow()
    until(lambda: len(owner.downs) == 2)
    assert owner.downs[1][0] > 0 and owner.downs[1][1] == "No such file or directory"
    owner.pool.close()


def test_a_report_nobody_asked_for_ends_the_connection(tmp_path: Path) -> None:
    server = RecordServer(
        tmp_path / "smtp", Hello("delivery", window=5), (DeliveryRequest,), lambda r: DeliveryReport(99, ())
    )
    owner = Owner(server.path)
    owner.pool.grow()
    until(lambda: owner.capacities)
    owner.send("a")
    until(lambda: owner.gone == ["a"])
    owner.pool.close()
    server.stop()


def test_an_agent_that_never_answers_is_given_up(tmp_path: Path) -> None:
    server = RecordServer(tmp_path / "smtp", Hello("delivery", window=5), (DeliveryRequest,), lambda r: None)
    owner = Owner(server.path, deadline=0.0)
    owner.pool.grow()
    until(lambda: owner.capacities)
    owner.send("a")
    gevent.sleep(0.01)
    owner.pool.tidy()
    until(lambda: owner.gone == ["a"])
    owner.pool.close()
    server.stop()
