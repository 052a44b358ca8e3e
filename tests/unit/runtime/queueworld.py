"""A queue manager with a store in memory, agents that are functions, and a clock turned by hand (for tests)."""

from collections.abc import Callable
from typing import Any

import gevent

from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.messages import BounceReport, DeliveryReport, DeliveryRequest
from pymaster.model.status import Status, sent
from pymaster.model.stored import NewMessage
from pymaster.rules.destinations import Destinations
from pymaster.rules.schedule.limits import Limits, TransportLimits
from pymaster.rules.schedule.retry import RetryRules
from pymaster.runtime.queuedriver import QueueDriver, QueueParts
from pymaster.store.contract import Apply, Insert, Outcome
from pymaster.store.memory import MemoryQueue
from pymaster.util import log
from pymaster.util.clock import ManualClock

Agent = Callable[[DeliveryRequest], list[Status] | None]


class Route:
    final = False

    def __init__(self, transport: str, nexthop: str, recipient: bytes) -> None:
        self.transport, self.nexthop, self.recipient = transport, nexthop, recipient


def resolve(sender: bytes, recipient: bytes) -> Route:
    return Route("smtp", recipient.rpartition(b"@")[2].decode(), recipient)


class FakeCommitter:
    def __init__(self, store: MemoryQueue) -> None:
        self.store, self.minted, self.batches = store, 0, []
        self.failing: Exception | None = None

    def chore(self, work: Callable[[], object]) -> None:
        work()

    def mint(self) -> str:
        self.minted += 1
        return f"D{self.minted:06X}"

    def apply(self, ops: list[Apply]) -> list[Outcome]:
        self.batches.append(len(ops))
        gevent.sleep(0)
        if self.failing:
            raise self.failing
        return self.store.commit(ops)


class FakePool:
    """Answers each request at once with what `world.agent` says; None leaves it unanswered (`world.held`)."""

    def __init__(self, world: "World", name: str, events: Any) -> None:
        self.world, self.name, self.events = world, name, events
        self.grown = False

    def grow(self) -> None:
        if not self.grown and self.name not in self.world.missing:
            self.grown = True
            self.events.capacity(self.name, 100)
        elif self.name in self.world.missing:
            gevent.spawn(self.events.down, self.name, 100.0, "No such file or directory")

    def send(self, item: Any, request: DeliveryRequest) -> bool:
        self.world.requests.append((self.name, request))
        gevent.spawn(self.answer, item, request)
        return True

    def answer(self, item: Any, request: DeliveryRequest) -> None:
        statuses = self.world.agents.get(self.name, self.world.agent)(request)
        if statuses is None:
            self.world.held.append((self, item, request))
        else:
            blocked = statuses[0] if self.name in self.world.blocked else None
            self.events.report(item, DeliveryReport(0, tuple(statuses), blocked=blocked))

    def tidy(self) -> None: ...
    def close(self) -> None: ...


class FakeBounces:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str, list[Any]]] = []
        self.failing = 0

    def build(self, kind: str, envelope: Envelope, outcomes: Any, seed: str) -> BounceReport:
        self.asked.append((kind, seed, list(outcomes)))
        if self.failing:
            self.failing -= 1
            return BounceReport(0, failed=True)
        if not envelope.sender:
            return BounceReport(0)
        child = make(seed.split(" ")[0], [envelope.sender], sender=b"")
        return BounceReport(0, (child,))

    def close(self) -> None: ...


def make(
    queue_id: str, recipients: list[bytes], sender: bytes = b"from@here", notify: int = 0, arrival: float = 0.0
) -> NewMessage:
    people = tuple(Recipient(r, notify=notify) for r in recipients)
    return NewMessage(Envelope(queue_id, arrival or 1_700_000_000.0, sender, people, 5, Origin()), (b"body\n",))


class World:
    """Everything together. `settle()` lets greenlets run until nothing moves."""

    def __init__(
        self, main_cf: str = "", rules: RetryRules | None = None, limits: TransportLimits | None = None
    ) -> None:
        self.clock = ManualClock()
        self.store = MemoryQueue()
        self.committer = FakeCommitter(self.store)
        self.agent: Agent = lambda request: [sent("ok")] * len(request.indexes)
        self.agents: dict[str, Agent] = {
            "retry": lambda r: [Status(2, *r.nexthop.split(" ", 1))] * len(r.indexes),
            "error": lambda r: [Status(3, *r.nexthop.split(" ", 1))] * len(r.indexes),
        }
        self.blocked: set[str] = set()
        self.missing: set[str] = set()
        self.requests: list[tuple[str, DeliveryRequest]] = []
        self.held: list[Any] = []
        self.bounces = FakeBounces()
        self.sink = log.MemorySink()
        log.setup(self.sink, "test")
        snapshot = Snapshot.from_text(main_cf)
        self.resolve: Any = resolve
        destinations = Destinations(snapshot, lambda s, r: self.resolve(s, r))
        given = limits or TransportLimits()
        self.parts = QueueParts(
            self.store, self.committer, destinations, Limits(lambda n: given), rules or RetryRules()
        )
        self.driver = self.new_driver()

    def new_driver(self) -> QueueDriver:
        driver = QueueDriver(
            self.parts,
            clock=self.clock,
            pools=lambda n, e: FakePool(self, n, e),
            bounces=self.bounces,  # type: ignore[arg-type, return-value]
        )
        driver.start()
        return driver

    def insert(self, *messages: NewMessage, hint: bool = True) -> None:
        self.store.commit([Insert(m) for m in messages])
        for m in messages if hint else ():
            self.driver.arrived(m.envelope.queue_id, m.envelope)

    def settle(self, seconds: float = 0.0) -> None:
        self.clock.advance(seconds)
        self.driver.wake()
        for _ in range(60):
            gevent.sleep(0)
            self.driver._settler.flush()

    @property
    def log(self) -> str:
        return self.sink.text
