"""Next hops by class; the ways of whole addresses are in test_resolve."""

from pymaster.config.snapshot import Snapshot
from pymaster.rules.localdomain import LocalDomains
from pymaster.rules.nexthop import NextHops
from tests.fakes import open_dicts


def hops(text: str, **tables: dict[str, str] | None) -> NextHops:
    snapshot, maps = (
        Snapshot.from_text("compatibility_level = 3.10\nmydestination = l.test\ninet_interfaces = 127.0.0.1\n" + text),
        open_dicts(**tables),
    )
    return NextHops(snapshot, maps, LocalDomains(snapshot, maps))


def test_transport_with_its_own_nexthop_wins_over_relayhost() -> None:
    made = hops("relayhost = hub\ndefault_transport = smtp:[fixed]\n")
    assert made.remote(b"", b"u@x.test", b"x.test")[:2] == ("smtp", "[fixed]")


def test_next_hop_is_in_lower_case() -> None:
    assert hops("").remote(b"", b"u@X.Test", b"X.Test")[:2] == ("smtp", "x.test")


def test_parents_of_transport_keys() -> None:
    plain = hops("transport_maps = test:t\n", t={".test": "a:", "*": "z:"})
    assert plain.remote(b"", b"u@x.test", b"x.test")[0] == "a"
    parents = hops("transport_maps = test:t\nparent_domain_matches_subdomains = transport_maps\n", t={"test": "b:"})
    assert parents.remote(b"", b"u@x.test", b"x.test")[0] == "b"


def test_alias_domains_know_no_transport_map() -> None:
    made = hops("transport_maps = test:t\nvirtual_alias_domains = v.test\n", t={"*": "z:"})
    assert made.remote(b"", b"u@v.test", b"v.test")[0] == "error"
