"""Parameters that services bring along."""

from pymaster.config import mastercf, servicenames

TEXT = "relay unix - - n - - smtp\npol unix - n n - 0 spawn user=x\nm unix - n n - - pipe\nsmtp inet n - n - - smtpd\n"


def test_defaults() -> None:
    found = servicenames.defaults(mastercf.entries(TEXT))
    assert found["relay_destination_rate_delay"] == "$default_destination_rate_delay"
    assert found["pol_time_limit"] == found["m_time_limit"] == "$command_time_limit"
    assert "relay_time_limit" not in found
    assert "pol_recipient_limit" not in found
    assert not any(name.startswith("smtp_") for name in found)
