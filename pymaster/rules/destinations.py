"""destinations - from a message's recipients to routes for the scheduler: resolving, content filter, defer_transports.

What cannot go anywhere now still gets a route: to the `retry` service, whose next hop is the reason, as in Postfix.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from pymaster.config.params.bounce import BounceParams
from pymaster.config.params.qmgr import QmgrParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.model.envelope import Envelope
from pymaster.rules.schedule.scheduler import Routed
from pymaster.util.errors import LookupFailed

RETRY = "retry"
SINK_REASON = "undeliverable postmaster notification discarded"


class Resolved(Protocol):
    """The part of `rules.resolve.Route` that counts here."""

    @property
    def transport(self) -> str: ...
    @property
    def nexthop(self) -> str: ...
    @property
    def recipient(self) -> bytes: ...
    @property
    def final(self) -> bool: ...


Resolve = Callable[[bytes, bytes], Resolved]


@dataclass(slots=True)
class Plan:
    """Where the recipients of one attempt go; `sink` are those to throw away (the double-bounce address)."""

    routes: list[Routed] = field(default_factory=list)
    sink: list[int] = field(default_factory=list)


class Destinations:
    """The routing rules of one snapshot, on top of a resolver (`Resolver.resolve`)."""

    def __init__(self, snapshot: Snapshot, resolve: Resolve) -> None:
        self._resolve = resolve
        self._deferred = frozenset(split_list(snapshot[QmgrParams].defer_transports))
        self._filter_nexthop = snapshot[QmgrParams].default_filter_nexthop
        self._myhostname = snapshot.text("myhostname")
        self._double_bounce = snapshot[BounceParams].double_bounce_sender.encode().partition(b"@")[0].lower()

    def plan(self, envelope: Envelope, indexes: Iterable[int], *, flushing: bool = False) -> Plan:
        """The routes of some recipients; `flushing` passes by defer_transports (postqueue -f)."""
        plan = Plan()
        recipients, sender = envelope.recipients, envelope.sender
        through = self._content_filter(envelope)
        for index in indexes:
            address = recipients[index].address
            try:
                route = self._resolve(sender, address)
            except LookupFailed:
                plan.routes.append(Routed(index, RETRY, "4.3.0 address resolver failure", address))
                continue
            if route.final and self._is_sink(route.recipient):
                plan.sink.append(index)
                continue
            transport, nexthop = route.transport, route.nexthop
            if through and transport != "error":
                transport, nexthop = through[0], through[1] or self._after_filter(route.recipient)
            if not flushing and transport in self._deferred:
                transport, nexthop = RETRY, "4.3.2 deferred transport"
            plan.routes.append(Routed(index, transport, nexthop, route.recipient))
        return plan

    def _is_sink(self, address: bytes) -> bool:
        local = address.rpartition(b"@")[0] or address
        return local.lower() == self._double_bounce

    def _content_filter(self, envelope: Envelope) -> tuple[str, str] | None:
        """`transport:nexthop` of the envelope (postconf(5) content_filter), split."""
        if not envelope.content_filter:
            return None
        transport, _, nexthop = envelope.content_filter.partition(":")
        return transport, nexthop

    def _after_filter(self, recipient: bytes) -> str:
        """The next hop of a filter that names none: default_filter_nexthop, else the recipient's domain."""
        if self._filter_nexthop:
            return self._filter_nexthop
        domain = recipient.rpartition(b"@")[2]
        return domain.decode("utf-8", "replace") if b"@" in recipient else self._myhostname
