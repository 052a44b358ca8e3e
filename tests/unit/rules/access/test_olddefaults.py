"""Notices about old defaults, in the words of COMPATIBILITY_README."""

import pytest

from tests.unit.rules.access.lab import Lab

CLIENT = 'client "h.them.test[192.0.2.1]"'
OLD = "using backwards-compatible default setting "


def test_an_empty_relay_list() -> None:
    lab = Lab("compatibility_level = 0\nsmtpd_recipient_restrictions = permit_auth_destination, permit, reject\n")
    assert lab.ask(recipient=b"b@ours.test") is None and lab.sink.text == ""
    assert lab.ask(recipient=b"b@else.test", address="10.0.0.1") is None and lab.sink.text == ""
    assert lab.ask(recipient=b"b@else.test") is None
    assert lab.sink.text == (
        f'{OLD}"smtpd_relay_restrictions = (empty)" to avoid "Relay access denied" error for recipient "b@else.test" '
        f"from {CLIENT}\n"
    )


def test_the_recipient_list_before_the_relay_list() -> None:
    text = "smtpd_relay_restrictions = permit\nsmtpd_recipient_restrictions = reject\n"
    lab = Lab("compatibility_level = 2\n" + text)
    assert lab.ask() is not None
    wanted = f'{OLD}smtpd_relay_before_recipient_restrictions=no to reject recipient "b@ours.test" from {CLIENT}\n'
    assert lab.sink.text.endswith(wanted)
    lab = Lab(text)
    assert lab.ask() is not None
    assert OLD not in lab.sink.text


@pytest.mark.parametrize(("level", "lines"), [("0", 1), ("2", 0)])
def test_relay_domains(level: str, lines: int) -> None:
    lab = Lab(f"compatibility_level = {level}\nsmtpd_relay_restrictions = reject_unauth_destination\n")
    assert lab.ask(recipient=b"b@relay.test") is None
    assert lab.sink.text.count(f'{OLD}relay_domains=$mydestination to accept mail for domain "relay.test"\n') == lines


def test_mynetworks() -> None:
    text = "smtpd_relay_restrictions = permit_mynetworks, reject\n"
    lab = Lab("compatibility_level = 0\n" + text)
    assert lab.ask(address="10.0.0.1") is None
    assert lab.sink.text == f"{OLD}mynetworks_style=subnet to permit request from {CLIENT}\n"
    lab = Lab("compatibility_level = 0\nmynetworks = 10.0.0.0/8\n" + text)
    assert lab.ask(address="10.0.0.1") is None and lab.sink.text == ""
