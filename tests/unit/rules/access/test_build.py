"""Lists into checks: classes, bare tables, mistakes, warn_if_reject."""

import pytest

from tests.unit.rules.access.lab import ILL, FakeMaps, Lab, client

HOST = "<h.them.test[192.0.2.1]>: Client host rejected:"


@pytest.mark.parametrize(
    "bad", ["no_such_thing", "check_client_access", "check_client_access {", "warn_if_reject", "reject_rbl_client a=b"]
)
def test_a_mistake_defers_all_mail_and_says_why(bad: str) -> None:
    lab = client(bad)
    assert lab.ask() == "451 4.3.5 Server configuration error"
    assert "warning: " in lab.sink.text


def test_unknown_restriction_is_named() -> None:
    lab = client("foo")
    lab.ask()
    assert 'warning: unknown smtpd restriction: "foo"\n' in lab.sink.text


def test_bare_tables() -> None:
    tables = {"hash:t": FakeMaps({b"h.them.test": b"REJECT", b"a@them.test": b"REJECT"})}
    assert client("hash:t", tables=tables).ask() == f"554 5.7.1 {HOST} Access denied"
    lab = Lab("smtpd_sender_restrictions = hash:t\n", tables=tables)
    assert lab.ask() == "554 5.7.1 <a@them.test>: Sender address rejected: Access denied"
    assert (
        Lab("smtpd_data_restrictions = hash:t\n", tables=tables).ask("data") == "451 4.3.5 Server configuration error"
    )


def test_classes() -> None:
    lab = Lab(
        "smtpd_restriction_classes = strict, loop\nstrict = permit_mynetworks, reject\nloop = loop\nsmtpd_client_restrictions = strict\n"
    )
    assert lab.ask() == f"554 5.7.1 {HOST} Access denied"
    assert lab.ask(address="10.0.0.1") is None
    lab = Lab("smtpd_restriction_classes = loop\nloop = loop\nsmtpd_client_restrictions = loop\n")
    assert lab.ask() == "451 4.3.5 Server configuration error"


def test_warn_if_reject() -> None:
    lab = client("warn_if_reject reject, warn_if_reject defer_if_permit, permit")
    assert lab.ask() is None
    assert lab.sink.text.count("reject_warning: RCPT from h.them.test[192.0.2.1]: 554 5.7.1") == 1
    assert "reject_warning: RCPT from h.them.test[192.0.2.1]: 450 4.7.0" in lab.sink.text
    lab = client(
        "warn_if_reject check_client_access hash:t, reject", tables={"hash:t": FakeMaps({b"h.them.test": b"OK"})}
    )
    assert lab.ask() is None


def test_warn_if_reject_does_not_hide_a_sick_table() -> None:
    lab = client("warn_if_reject check_client_access hash:t", tables={"hash:t": FakeMaps({b"h.them.test": ILL})})
    assert (lab.ask() or "").startswith("451 4.3.5")
