"""Where addresses go; above all, that no form of one opens a relay (spec: relay battery)."""

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.proto.address import parse_path, quote_local
from pymaster.rules.resolve import Resolver
from pymaster.util import log
from pymaster.util.clock import ManualClock
from pymaster.util.errors import LookupFailed
from tests.fakes import open_dicts

MAIN_CF = (
    "compatibility_level = 3.10\nmyhostname = mail.example.test\nmyorigin = example.test\n"
    "mydestination = $myhostname, example.test, localhost\ninet_interfaces = 127.0.0.1\nrecipient_delimiter = +\n"
)

BATTERY = [
    'victim@third.test', '"victim@third.test"', '"victim%third.test"', 'victim%third.test@example.test',
    'victim%third.test@[127.0.0.1]', '"victim%third.test"@example.test', '"victim@third.test"@example.test',
    '"victim@third.test"@[127.0.0.1]', 'victim@third.test@example.test', '@example.test:victim@third.test',
    '@[127.0.0.1]:victim@third.test', '@example.test,@a.test:victim@third.test', 'third.test!victim',
    'third.test!victim@example.test', 'third.test!victim@[127.0.0.1]', 'example.test!third.test!victim',
    'victim@third.test.', 'victim@example.test.', 'victim@[IPv6:::1]', 'victim@[192.0.2.1]', 'victim@0x7f000001',
    'victim(@third.test)@example.test', 'victim@third.test(c)', '\\victim@example.test',
    'victim\\@third.test@example.test', '"victim third.test"@example.test', 'victim@THIRD.TEST',
    'victim@third\u3002test', 'victim@\uff54hird.test', '=?utf-8?q?victim=40third.test=3e?=@example.test',
    'victim\0@third.test@example.test', 'victim@third.test\r@example.test', '""@example.test', '|id@example.test',
    '/etc/passwd@example.test', ':include:/etc/passwd@example.test', '-froot@example.test', 'postmaster', '',
]  # fmt: skip


def resolver(extra: str = "", **tables: dict[str, str] | None) -> Resolver:
    return Resolver(Snapshot.from_text(MAIN_CF + extra), open_dicts(**tables), clock=ManualClock())


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("text", BATTERY)
def test_the_relay_battery_leads_home_or_nowhere(text: str, strict: bool) -> None:
    address = parse_path(b"<" + text.encode() + b">", strict=strict)
    if address is None:
        return
    route = resolver().resolve(b"x@third.test", address)
    if route.klass == "local" and route.ok:
        assert route.transport == "local" and not route.routed
        assert route.recipient.rpartition(b"@")[2].lower() in (b"example.test", b"[ipv6:::1]", b"mail.example.test")
        # What the local part holds goes nowhere when it is resolved again in its external form.
        again = parse_path(b"<" + quote_local(route.recipient) + b">")
        assert again is not None and resolver().resolve(b"", again).klass == "local"
    else:
        assert not route.final


@pytest.mark.parametrize(
    "text", ["victim%third.test@relay.test", "third.test!victim@relay.test", '"a@third.test"@relay.test']
)
def test_routes_through_a_relay_domain_are_marked(text: str) -> None:
    address = parse_path(text.encode())
    assert address is not None
    route = resolver("relay_domains = relay.test\n").resolve(b"", address)
    assert (route.klass, route.routed) == ("relay", True)


@pytest.mark.parametrize(
    ("address", "transport", "nexthop", "klass"),
    [
        (b"u", "local", "mail.example.test", "local"),
        (b"u@EXAMPLE.test", "local", "mail.example.test", "local"),
        (b"u@[127.0.0.1]", "local", "mail.example.test", "local"),
        (b"u@v.test", "error", "5.1.1 User unknown in virtual alias table", "virtual_alias"),
        (b"u@m.test", "virtual", "m.test", "virtual_mailbox"),
        (b"u@relay.test", "relay", "[hub.test]:26", "relay"),
        (b"u@sub.relay.test", "relay", "[hub.test]:26", "relay"),
        (b"u@Else.test", "smtp", "[hub.test]:26", "default"),
    ],
)
def test_classes(address: bytes, transport: str, nexthop: str, klass: str) -> None:
    made = resolver(
        "virtual_alias_domains = v.test\nvirtual_mailbox_domains = m.test\nrelay_domains = relay.test\nrelayhost = [hub.test]:26\n"
    )
    route = made.resolve(b"", address)
    assert (route.transport, route.nexthop, route.klass, route.ok) == (transport, nexthop, klass, True)


def test_transport_maps() -> None:
    made = resolver(
        "transport_maps = test:t\nrelayhost = hub.test\n",
        t={
            "u@x.test": "special:",
            "x.test": ":[other]",
            ".y.test": "error:5.7.1 no",
            "null.test": ":",
            "example.test": "lmtp:unix:private/x",
            "*": "any:where",
        },
    )
    for address, want in (
        (b"u+ext@x.test", ("special", "x.test")),
        (b"v@x.test", ("smtp", "[other]")),
        (b"v@a.b.y.test", ("error", "5.7.1 no")),
        (b"v@null.test", ("smtp", "hub.test")),
        (b"v@example.test", ("lmtp", "unix:private/x")),
        (b"v@else.test", ("any", "where")),
    ):
        route = made.resolve(b"", address)
        assert (route.transport, route.nexthop) == want


def test_sender_dependent() -> None:
    made = resolver(
        "sender_dependent_relayhost_maps = test:r\nsender_dependent_default_transport_maps = test:d\nrelayhost = hub\n",
        r={"@a.test": "[ra]", "b@b.test": "DUNNO", "<>": "[null]"},
        d={"c@c.test": "other:nh", "@b.test": "dunno"},
    )
    assert made.resolve(b"x+y@a.test", b"u@e.test").nexthop == "[ra]"
    assert made.resolve(b"b@b.test", b"u@e.test").nexthop == "e.test"
    assert made.resolve(b"", b"u@e.test").nexthop == "[null]"
    assert made.resolve(b"c@c.test", b"u@e.test") == made.resolve(b"c@c.test", b"u@e.test")
    route = made.resolve(b"c@c.test", b"u@e.test")
    assert (route.transport, route.nexthop) == ("other", "nh")


@pytest.mark.parametrize(
    "address", [b"u@1.2.3.4", b"u@[1.2.3]", b"u@a..b", b"u@-a.test", b"u@", b"u@a_b.test\x7f", b"-f@example.test"]
)
def test_invalid(address: bytes) -> None:
    route = resolver().resolve(b"", address)
    assert (route.ok, route.transport, route.nexthop) == (False, "error", "5.1.3 bad address syntax")


def test_numeric_domain_allowed() -> None:
    assert resolver("resolve_numeric_domain = yes\n").resolve(b"", b"u@1.2.3.4").recipient == b"u@[1.2.3.4]"


def test_empty_recipient_and_null_domain() -> None:
    assert resolver().resolve(b"", b"").recipient == b"MAILER-DAEMON@mail.example.test"
    assert resolver("resolve_null_domain = yes\n").resolve(b"", b"u@").recipient == b"u@mail.example.test"


def test_relocated() -> None:
    made = resolver("relocated_maps = test:r\n", r={"old@example.test": "new@x.test"})
    assert made.resolve(b"", b"old+x@example.test").nexthop == "5.1.6 User has moved to new@x.test"


def test_a_failing_table_is_no_answer() -> None:
    with pytest.raises(LookupFailed):
        resolver("transport_maps = test:t\n", t=None).resolve(b"", b"a@b.test")


def test_answers_are_kept_for_a_second() -> None:
    clock = ManualClock()
    table = {"x.test": ":[one]"}
    maps = open_dicts(transport_maps=table)
    made = Resolver(Snapshot.from_text(MAIN_CF + "transport_maps = hash:x\n"), maps, clock=clock)
    assert made.resolve(b"", b"a@x.test") is made.resolve(b"", b"a@x.test")
    first = made.resolve(b"", b"a@x.test")
    clock.advance(2)
    assert made.resolve(b"", b"a@x.test") is not first


def test_overlapping_classes_are_named_once() -> None:
    sink = log.MemorySink()
    log.setup(sink, "test")
    made = resolver("virtual_mailbox_domains = example.test\n")
    made.resolve(b"", b"a@example.test")
    made.resolve(b"", b"b@example.test")
    assert sink.text.count("do not list domain example.test in BOTH mydestination and virtual_mailbox_domains") == 1


def test_well_formed() -> None:
    resolver = Resolver(Snapshot.from_text("inet_interfaces = 127.0.0.1\n"), open_dicts())
    for good in (b"", b"joe", b"joe@a.example", b"joe@a_b.example.", b"a@b@c.example", b"joe@[127.0.0.1]", b"joe@"):
        assert resolver.well_formed(good), good
    for bad in (b"joe@-a.example", b"joe@a..example", b"joe@1.2.3.4", b"-joe@a.example", b"joe@[x]", b"j@" + b"a" * 64):
        assert not resolver.well_formed(bad), bad
