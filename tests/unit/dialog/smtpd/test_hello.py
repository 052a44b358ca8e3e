"""HELO and EHLO."""

from tests.unit.dialog.smtpd.lab import Server


def test_ehlo_forgets_the_transaction() -> None:
    out = Server().say("EHLO h", "MAIL FROM:<a@b>", "EHLO h", "RCPT TO:<b@ours.test>")
    assert out[-1] == "503 5.5.1 Error: need MAIL command"


def test_early_helo_restrictions() -> None:
    server = Server("smtpd_delay_reject = no\nsmtpd_helo_restrictions = reject_invalid_helo_hostname\n")
    assert server.say("HELO -bad-", "HELO good.test") == [
        "501 5.5.2 <-bad->: Helo command rejected: Invalid name",
        "250 mx.ours.test",
    ]


def test_dangerous_names_are_defused() -> None:
    server = Server()
    server.say("EHLO a(b)<c>;d", "MAIL FROM:<a@b>", "RCPT TO:<x@else.test>")
    assert "helo=<a?b??c??d>" in server.log.text
    assert Server().say("HELO " + "x" * 1500)[0] == "250 mx.ours.test"


def test_xforward_is_offered_to_the_trusted_only() -> None:
    assert "XFORWARD" not in Server().say("EHLO h")[0]
    assert "XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT" in Server().say("EHLO h", address="10.0.0.9")[0]
