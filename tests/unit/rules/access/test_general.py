"""Restrictions that look at no name."""

import pytest

from tests.unit.rules.access.lab import client

SUBJECT = "<h.them.test[192.0.2.1]>: Client host rejected:"


def test_permit_reject_defer() -> None:
    assert client("permit, reject").ask() is None
    assert client("reject").ask() == f"554 5.7.1 {SUBJECT} Access denied"
    assert client("defer").ask() == f"450 4.3.2 {SUBJECT} Try again later"


def test_pipelining() -> None:
    lab = client("reject_unauth_pipelining")
    assert lab.ask() is None
    assert lab.ask(improper=True) == f"503 5.5.0 {SUBJECT} Improper use of SMTP command pipelining"


def test_plaintext_session() -> None:
    lab = client("reject_plaintext_session")
    assert lab.ask() == f"450 4.7.1 {SUBJECT} Session encryption is required"
    assert lab.ask(tls=True) is None


def test_multi_recipient_bounce() -> None:
    lab = client("reject_multi_recipient_bounce")
    assert lab.ask(sender=b"") is None
    assert lab.ask(sender=b"", recipient_count=1) == f"550 5.5.3 {SUBJECT} Multi-recipient bounce"
    assert lab.ask(recipient_count=5) is None


def test_networks_and_logins() -> None:
    lab = client("permit_mynetworks, permit_inet_interfaces, permit_sasl_authenticated, permit_tls_clientcerts, reject")
    assert lab.ask(address="10.2.3.4") is None
    assert lab.ask(address="192.0.2.9") is None
    assert lab.ask(sasl_username="joe") is None
    assert lab.ask() is not None


def test_mynetworks_is_asked_once_per_session() -> None:
    lab = client("permit_mynetworks")
    facts = lab.facts(address="10.0.0.1")
    lab.ask("recipient", facts)
    assert facts.in_mynetworks is True
    facts.address = "192.0.2.1"
    assert lab.access._client(facts) is not None


def test_sleep() -> None:
    lab = client("sleep 2")
    assert lab.ask() is None and lab.slept == [2.0]


@pytest.mark.parametrize("bad", ["sleep x", "sleep -1", "sleep 99999", "sleep \u0665", "sleep"])
def test_bad_sleep_defers_mail(bad: str) -> None:
    assert client(bad).ask() == "451 4.3.5 Server configuration error"
