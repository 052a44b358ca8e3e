"""A22: no mail without relay control."""

import pytest

from pymaster.rules.access import guard
from pymaster.util.errors import Fatal
from tests.unit.rules.access.lab import Lab

OPEN = "smtpd_relay_restrictions = permit_mynetworks\n"


def test_an_open_relay_does_not_start() -> None:
    with pytest.raises(
        Fatal, match="in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at"
    ):
        Lab(OPEN)
    with pytest.raises(Fatal):
        Lab("smtpd_relay_restrictions =\nsmtpd_recipient_restrictions = check_sender_access hash:reject\n")


@pytest.mark.parametrize(
    "word", ["reject", "defer", "reject_unauth_destination", "defer_unauth_destination", "defer_if_permit"]
)
def test_either_list_will_do(word: str) -> None:
    Lab(OPEN + f"smtpd_recipient_restrictions = permit_mynetworks {word}\n")
    guard.require_relay_control([word])


def test_a_class_counts() -> None:
    Lab(
        OPEN
        + "smtpd_restriction_classes = closed\nclosed = reject_unauth_destination\nsmtpd_recipient_restrictions = closed\n"
    )
