"""The lists in their order."""

from tests.unit.rules.access.lab import ILL, FakeMaps, Lab

RELAY = "smtpd_relay_restrictions = reject_unauth_destination\n"


def test_relay_is_closed_by_default() -> None:
    lab = Lab()
    assert lab.ask(recipient=b"x@else.test") == "454 4.7.1 <x@else.test>: Relay access denied"
    assert lab.ask() is None
    assert lab.ask(recipient=b"x@relay.test") is None
    assert lab.ask(recipient=b"x@else.test", address="10.0.0.1") is None
    assert lab.ask(recipient=b"x@else.test", sasl_username="joe") is None
    assert lab.ask(recipient=b"v@else.test@ours.test") == "454 4.7.1 <v@else.test@ours.test>: Relay access denied"


def test_the_log_line() -> None:
    lab = Lab("smtpd_relay_restrictions = permit_mynetworks reject_unauth_destination")
    assert lab.ask(recipient=b"x@else.test") == "554 5.7.1 <x@else.test>: Relay access denied"
    assert lab.sink.text == (
        "NOQUEUE: reject: RCPT from h.them.test[192.0.2.1]: 554 5.7.1 <x@else.test>: Relay access denied; "
        "from=<a@them.test> to=<x@else.test> proto=ESMTP helo=<h.them.test>\n"
    )


def test_delayed_and_early() -> None:
    lab = Lab("smtpd_client_restrictions = reject\nsmtpd_helo_restrictions = permit\n")
    assert lab.ask("connect") is None and lab.ask("helo") is None and lab.ask("mail") is None
    assert lab.ask() == "554 5.7.1 <h.them.test[192.0.2.1]>: Client host rejected: Access denied"
    lab = Lab("smtpd_delay_reject = no\nsmtpd_client_restrictions = reject\nsmtpd_sender_restrictions = defer\n")
    assert lab.ask("connect") == "554 5.7.1 <h.them.test[192.0.2.1]>: Client host rejected: Access denied"
    assert lab.ask("mail") == "450 4.3.2 <a@them.test>: Sender address rejected: Try again later"
    assert lab.ask() is None


def test_permit_ends_its_own_list_only() -> None:
    lab = Lab("smtpd_client_restrictions = permit, reject\n" + RELAY)
    assert lab.ask() is None
    assert lab.ask(recipient=b"x@else.test") == "554 5.7.1 <x@else.test>: Relay access denied"
    lab = Lab(
        "smtpd_relay_restrictions = permit_mynetworks reject_unauth_destination\nsmtpd_recipient_restrictions = reject\n"
    )
    assert lab.ask(address="10.1.1.1") == "554 5.7.1 <b@ours.test>: Recipient address rejected: Access denied"


def test_postmaster_is_always_welcome() -> None:
    lab = Lab("smtpd_client_restrictions = reject\n")
    assert lab.ask(recipient=b"Postmaster") is None
    assert lab.ask(recipient=b"postmaster@ours.test") is not None


def test_unknown_recipients() -> None:
    lab = Lab(unknown=frozenset({b"no@ours.test"}))
    text = "550 5.1.1 <no@ours.test>: Recipient address rejected: User unknown in local recipient table"
    assert lab.ask(recipient=b"no@ours.test") == text
    assert (
        Lab("smtpd_reject_unlisted_recipient = no", unknown=frozenset({b"no@ours.test"})).ask(recipient=b"no@ours.test")
        is None
    )
    lab = Lab("smtpd_reject_unlisted_sender = yes", unknown=frozenset({b"a@them.test"}))
    assert "Sender address rejected" in (lab.ask() or "")


def test_ill_resolver_is_temporary() -> None:
    lab = Lab(ill_resolver=True)
    assert lab.ask() == "451 4.3.0 <b@ours.test>: Temporary lookup failure"


def test_defer_if_permit_waits_for_the_end() -> None:
    lab = Lab("smtpd_client_restrictions = defer_if_permit\n" + RELAY)
    assert lab.ask() == "450 4.7.0 <h.them.test[192.0.2.1]>: Client host rejected: defer_if_permit requested"
    assert lab.ask(recipient=b"x@else.test") == "554 5.7.1 <x@else.test>: Relay access denied"
    early = Lab("smtpd_delay_reject = no\nsmtpd_client_restrictions = defer_if_permit\n" + RELAY)
    facts = early.facts()
    assert early.ask("connect", facts) is None
    assert (
        early.ask("recipient", facts)
        == "450 4.7.0 <h.them.test[192.0.2.1]>: Client host rejected: defer_if_permit requested"
    )


def test_defer_if_reject_softens() -> None:
    lab = Lab("smtpd_client_restrictions = defer_if_reject\n" + RELAY)
    assert lab.ask() is None
    assert (
        lab.ask(recipient=b"x@else.test")
        == "450 4.7.0 <h.them.test[192.0.2.1]>: Client host rejected: defer_if_reject requested"
    )


def test_late_lists() -> None:
    lab = Lab("smtpd_data_restrictions = reject\nsmtpd_end_of_data_restrictions = check_client_access hash:c\n",
              tables={"hash:c": FakeMaps({b"h.them.test": b"450 4.7.1 later"})})  # fmt: skip
    assert lab.ask("data", recipient_count=2) == "554 5.7.1 <DATA>: Data command rejected: Access denied"
    assert " to=" not in lab.sink.text
    text = "450 4.7.1 <h.them.test[192.0.2.1]>: Client host rejected: later"
    assert lab.ask("end_of_data", recipient_count=1) == text
    assert "to=<b@ours.test>" in lab.sink.text and "END-OF-MESSAGE from" in lab.sink.text


def test_etrn() -> None:
    lab = Lab("smtpd_etrn_restrictions = reject\n")
    assert lab.ask("etrn", etrn=b"d.test") == "554 5.7.1 <d.test>: Etrn command rejected: Access denied"
    assert Lab().ask("etrn", etrn=b"d.test") is None


def test_a_sick_table_defers() -> None:
    lab = Lab(
        "smtpd_client_restrictions = check_client_access hash:c\n", tables={"hash:c": FakeMaps({b"h.them.test": ILL})}
    )
    assert lab.ask() == "451 4.3.5 <h.them.test[192.0.2.1]>: Client host rejected: Server configuration error"
