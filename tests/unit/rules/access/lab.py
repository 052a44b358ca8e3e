"""Fakes for tests of restrictions: tables in a dictionary, a DNS of our own, addresses in three classes."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pymaster.config.snapshot import Snapshot
from pymaster.model.dns import Answer, Mx
from pymaster.model.lookup import Maps
from pymaster.rules.access.facts import Facts
from pymaster.rules.access.stages import Access
from pymaster.rules.access.tools import AskPolicy, Tools
from pymaster.util import log
from pymaster.util.errors import LookupFailed

ILL = object()


class FakeMaps:
    """The tables of one parameter; a value of ILL fails."""

    def __init__(self, content: dict[bytes, object], fixed: bool = True) -> None:
        self.content, self.fixed = content, fixed
        self.asked: list[bytes] = []

    def __bool__(self) -> bool:
        return True

    def get(self, key: bytes, *, fixed_only: bool = False) -> bytes | None:
        if fixed_only and not self.fixed:
            return None
        self.asked.append(key)
        found = self.content.get(key.lower(), self.content.get(b"*"))
        if found is ILL:
            raise LookupFailed("table is ill")
        assert found is None or isinstance(found, bytes)
        return found


class FakeDns:
    """Records by (type, name); ILL fails; an unknown name does not exist."""

    def __init__(self, records: dict[tuple[str, str], object] | None = None) -> None:
        self.records = records or {}

    def _ask(self, kind: str, name: str) -> Answer:  # type: ignore[type-arg]
        found = self.records.get((kind, name.lower()))
        if found is ILL:
            raise LookupFailed("SERVFAIL")
        if found is None:
            return Answer((), any(n == name.lower() for _, n in self.records))
        return Answer(tuple(found))  # type: ignore[arg-type]

    def mx(self, name: str) -> Answer[Mx]:
        return self._ask("MX", name)

    def addresses(self, name: str) -> Answer[str]:
        return self._ask("A", name)

    def ptr(self, address: str) -> Answer[str]:
        return self._ask("PTR", address)

    def txt(self, name: str) -> Answer[str]:
        return self._ask("TXT", name)


@dataclass
class FakeRoute:
    recipient: bytes
    klass: str
    routed: bool = False
    transport: str = "x"


@dataclass
class FakeRefusal:
    code: int
    dsn: str
    text: str


@dataclass
class Lab:
    """One configuration and its fakes; `check(stage, ...)` asks one list."""

    main: str = ""
    tables: dict[str, FakeMaps] = field(default_factory=dict)
    records: dict[tuple[str, str], object] = field(default_factory=dict)
    unknown: frozenset[bytes] = frozenset()
    policy: AskPolicy | None = None
    slept: list[float] = field(default_factory=list)
    ill_resolver: bool = False

    def __post_init__(self) -> None:
        self.snapshot = Snapshot.from_text(
            "compatibility_level = 3.6\nmyhostname = mx.ours.test\nmydomain = ours.test\nmyorigin = ours.test\n"
            + self.main
        )
        self.tools = Tools(
            self.snapshot, self.open_maps, FakeDns(self.records), self.resolve, self.is_unknown, self.complete,
            lambda name, address: address.startswith("10."), self.slept.append, lambda: frozenset({"192.0.2.9"}), self.open_policy,
        )  # fmt: skip
        self.access = Access(self.tools)
        self.sink = log.MemorySink()
        log.setup(self.sink, "test")

    def open_maps(self, text: str, param: str) -> Maps:
        return self.tables.get(text, FakeMaps({}))

    def open_policy(self, endpoint: str) -> AskPolicy:
        assert self.policy is not None
        return self.policy

    def resolve(self, sender: bytes, recipient: bytes) -> FakeRoute:
        if self.ill_resolver:
            raise LookupFailed("transport_maps")
        local, _, domain = recipient.rpartition(b"@")
        classes = {b"ours.test": "local", b"virtual.test": "virtual_mailbox", b"relay.test": "relay"}
        return FakeRoute(
            recipient, classes.get(domain.lower(), "default" if local else "local"), b"@" in local or b"%" in local
        )

    def is_unknown(self, recipient: bytes, sender: bytes, role: str) -> FakeRefusal | None:
        if recipient not in self.unknown:
            return None
        text = f"<{recipient.decode()}>: {role} rejected: User unknown in local recipient table"
        return FakeRefusal(550, "5.1.1", text)

    def complete(self, addr: bytes) -> bytes:
        return addr if b"@" in addr or not addr else addr + b"@ours.test"

    def facts(self, **changes: object) -> Facts:
        made = Facts(
            label="h.them.test[192.0.2.1]", name="h.them.test", address="192.0.2.1", reverse_name="h.them.test", proto="ESMTP",
            helo=b"h.them.test", sender=b"a@them.test", recipient=b"b@ours.test",
        )  # fmt: skip
        for name, value in changes.items():
            setattr(made, name, value)
        return made

    def ask(self, stage: str = "recipient", facts: Facts | None = None, **changes: object) -> str | None:
        """The refusal's text, or None."""
        method: Callable[[Facts], object] = getattr(self.access, stage)
        reply = method(facts or self.facts(**changes))
        return None if reply is None else reply.text  # type: ignore[attr-defined]


def client(restriction: str, **more: object) -> Lab:
    """A lab whose client list is this text."""
    return Lab(f"smtpd_client_restrictions = {restriction}\n", **more)  # type: ignore[arg-type]
