"""Domains that are this machine."""

from pymaster.config.snapshot import Snapshot
from pymaster.rules.localdomain import LocalDomains, literal_address
from tests.fakes import open_dicts


def test_names_and_literals() -> None:
    text = "mydestination = a.test\ninet_interfaces = 192.0.2.5, [2001:db8::1]\nproxy_interfaces = 192.0.2.9\n"
    local = LocalDomains(Snapshot.from_text(text), open_dicts())
    for domain in (b"a.test", b"A.TEST", b"[192.0.2.5]", b"[192.0.2.9]", b"[IPv6:2001:db8::1]", b"[127.0.0.1]"):
        assert local.matches(domain)
    for domain in (b"b.a.test", b"b.test", b"[192.0.2.6]", b"[2001:db8::1]", b"[]", b"192.0.2.5", b""):
        assert not local.matches(domain)


def test_all_interfaces_are_asked() -> None:
    assert LocalDomains(Snapshot.from_text("mydestination =\n"), open_dicts(), own=["192.0.2.7"]).matches(
        b"[192.0.2.7]"
    )
    assert LocalDomains(Snapshot.from_text("mydestination =\n"), open_dicts()).matches(b"[127.0.0.1]")


def test_literal() -> None:
    assert literal_address(b"[1.2.3.4]") is not None
    for bad in (b"1.2.3.4", b"[1.2.3]", b"[IPv6:1.2.3.4]", b"[::1]", b"[\xff]"):
        assert literal_address(bad) is None
