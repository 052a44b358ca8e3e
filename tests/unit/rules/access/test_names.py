"""Restrictions on host names."""

import pytest

from pymaster.rules.access.facts import NAME_PERM, NAME_TEMP
from pymaster.rules.access.names import is_hostname, is_literal
from tests.unit.rules.access.lab import ILL, Lab, client


@pytest.mark.parametrize("good", [b"a.test", b"a", b"a-b.c_d", b"_x.test", b"3com.test"])
def test_hostnames(good: bytes) -> None:
    assert is_hostname(good)


@pytest.mark.parametrize(
    "bad", [b"", b"a..b", b"-a.test", b"a-", b"1.2.3.4", b"a b", b"a\n", "\u212a.test".encode(), b"x" * 64, b"a." * 200]
)
def test_not_hostnames(bad: bytes) -> None:
    assert not is_hostname(bad)


def test_literals() -> None:
    assert is_literal(b"[192.0.2.1]") and is_literal(b"[IPv6:2001:db8::1]")
    assert not is_literal(b"[x]") and not is_literal(b"192.0.2.1") and not is_literal(b"[192.0.2.1")


@pytest.mark.parametrize("name", ["reject_unknown_client_hostname", "reject_unknown_client"])
def test_unknown_client(name: str) -> None:
    lab = client(name)
    assert lab.ask() is None
    text = "Client host rejected: cannot find your hostname, [192.0.2.1]"
    assert lab.ask(name_status=NAME_PERM) == f"450 4.7.25 {text}"
    assert lab.ask(name_status=NAME_TEMP) == f"450 4.7.25 {text}"
    lab = Lab(f"unknown_client_reject_code = 550\nsmtpd_client_restrictions = {name}\n")
    assert lab.ask(name_status=NAME_PERM) == f"550 5.7.25 {text}"
    assert lab.ask(name_status=NAME_TEMP) == f"450 4.7.25 {text}"


def test_unknown_reverse() -> None:
    lab = client("reject_unknown_reverse_client_hostname")
    assert lab.ask(name_status=NAME_PERM) is None
    assert (
        lab.ask(reverse_status=NAME_PERM)
        == "450 4.7.25 Client host rejected: cannot find your reverse hostname, [192.0.2.1]"
    )


def helo(name: str, **more: object) -> Lab:
    return Lab(f"smtpd_helo_restrictions = {name}\n", **more)  # type: ignore[arg-type]


def test_invalid_helo() -> None:
    lab = helo("reject_invalid_helo_hostname")
    for good in (b"a", b"a.test.", b"[192.0.2.1]", b"192.0.2.1"):
        assert lab.ask(helo=good) is None
    assert lab.ask(helo=b"a_?") == "501 5.5.2 <a_?>: Helo command rejected: Invalid name"
    assert lab.ask(helo=None) is None


def test_non_fqdn_helo() -> None:
    lab = helo("reject_non_fqdn_hostname")
    assert lab.ask(helo=b"a.test") is None and lab.ask(helo=b"[192.0.2.1]") is None
    assert lab.ask(helo=b"a") == "504 5.5.2 <a>: Helo command rejected: need fully-qualified hostname"


def test_unknown_helo() -> None:
    lab = helo(
        "reject_unknown_helo_hostname",
        records={("A", "a.test"): ["192.0.2.1"], ("MX", "m.test"): ["x"], ("A", "ill.test"): ILL},
    )
    assert lab.ask(helo=b"a.test") is None and lab.ask(helo=b"m.test") is None
    assert lab.ask(helo=b"no.test") == "450 4.7.1 <no.test>: Helo command rejected: Host not found"
    assert lab.ask(helo=b"ill.test") == "450 4.7.1 <ill.test>: Helo command rejected: Host not found"
    denied = lab.ask(helo=b"ill.test", recipient=b"x@else.test")
    assert denied == "454 4.7.1 <x@else.test>: Relay access denied", "a doubt waits for what is certain"


def test_a_helo_that_was_meant_as_an_address() -> None:
    lab = Lab("smtpd_helo_restrictions = reject_invalid_helo_hostname\n")
    assert lab.ask(helo=b"[127.0.0.300]") == "501 5.5.2 <[127.0.0.300]>: Helo command rejected: invalid ip address"
