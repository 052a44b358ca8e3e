"""Relay control."""

from tests.unit.rules.access.lab import Lab


def test_routes_of_the_sender_are_not_authorised() -> None:
    lab = Lab("smtpd_relay_restrictions = reject_unauth_destination\n")
    assert lab.ask(recipient=b"a%b@ours.test") == "554 5.7.1 <a%b@ours.test>: Relay access denied"
    lab = Lab("allow_untrusted_routing = yes\nsmtpd_relay_restrictions = reject_unauth_destination\n")
    assert lab.ask(recipient=b"a%b@ours.test") is None


def test_permit_auth_destination() -> None:
    lab = Lab("smtpd_relay_restrictions = permit_auth_destination, reject\n")
    assert lab.ask(recipient=b"x@relay.test") is None
    assert lab.ask(recipient=b"x@else.test") == "554 5.7.1 <x@else.test>: Recipient address rejected: Access denied"


def test_codes() -> None:
    lab = Lab("relay_domains_reject_code = 550\nsmtpd_relay_restrictions = reject_unauth_destination\n")
    assert lab.ask(recipient=b"x@else.test") == "550 5.7.1 <x@else.test>: Relay access denied"
