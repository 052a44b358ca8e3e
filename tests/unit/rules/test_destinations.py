"""From recipients to routes."""

from dataclasses import dataclass

from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.rules.destinations import Destinations
from pymaster.util.errors import LookupFailed


@dataclass
class Route:
    transport: str
    nexthop: str
    recipient: bytes
    final: bool = False


def resolve(sender: bytes, recipient: bytes) -> Route:
    if recipient == b"ill@x":
        raise LookupFailed("hash:/x")
    if recipient == b"bad@x":
        return Route("error", "5.1.3 bad address syntax", recipient)
    return Route("smtp", "x", recipient.lower(), final=recipient.endswith(b"@here"))


def plan(text: str, *recipients: bytes, content_filter: str = "", flushing: bool = False) -> list[tuple[int, str, str]]:
    people = tuple(Recipient(r) for r in recipients)
    envelope = Envelope("A1", 0.0, b"s@t", people, 0, Origin(), content_filter=content_filter)
    made = Destinations(Snapshot.from_text(text), resolve).plan(envelope, range(len(people)), flushing=flushing)
    return [(r.index, r.transport, r.nexthop) for r in made.routes] + [(n, "sink", "") for n in made.sink]


def test_routes_and_tables_that_are_ill() -> None:
    assert plan("", b"A@x", b"ill@x") == [(0, "smtp", "x"), (1, "retry", "4.3.0 address resolver failure")]


def test_content_filter() -> None:
    assert plan("", b"a@x", b"bad@x", content_filter="scan:[127.0.0.1]:10025") == [
        (0, "scan", "[127.0.0.1]:10025"),
        (1, "error", "5.1.3 bad address syntax"),
    ]
    assert plan("", b"a@x", content_filter="scan:") == [(0, "scan", "x")]
    assert plan("default_filter_nexthop = hop\n", b"a@x", content_filter="scan") == [(0, "scan", "hop")]


def test_defer_transports() -> None:
    assert plan("defer_transports = lmtp, smtp\n", b"a@x") == [(0, "retry", "4.3.2 deferred transport")]
    assert plan("defer_transports = smtp\n", b"a@x", flushing=True) == [(0, "smtp", "x")]


def test_double_bounce_is_thrown_away_only_here() -> None:
    assert plan("", b"Double-Bounce@here", b"double-bounce@x") == [(1, "smtp", "x"), (0, "sink", "")]
