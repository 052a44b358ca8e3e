"""The table of commands."""

from pymaster.dialog.smtpd.verbs import VERBS


def test_order_of_the_disconnect_line() -> None:
    assert [verb.name for verb in VERBS.values()][:8] == [
        "helo",
        "ehlo",
        "starttls",
        "auth",
        "mail",
        "rcpt",
        "data",
        "bdat",
    ]
    assert all(name == verb.label.encode() == verb.name.upper().encode() for name, verb in VERBS.items())
