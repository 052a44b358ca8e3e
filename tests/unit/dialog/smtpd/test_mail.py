"""MAIL FROM."""

import pytest

from pymaster.model.envelope import RET_FULL
from tests.unit.dialog.smtpd.lab import Server


def test_parameters_reach_the_message() -> None:
    server = Server()
    server.say(
        "EHLO h", "MAIL FROM:<a@them.test> SIZE=5 BODY=8BITMIME RET=FULL ENVID=x+2By SMTPUTF8", "RCPT TO:<b@ours.test>"
    )
    opening = server.messages[0].opening
    assert (opening.sender, opening.size, opening.encoding, opening.ret) == (b"a@them.test", 5, "8bit", RET_FULL)
    assert opening.envid == b"x+y" and opening.smtputf8


@pytest.mark.parametrize("twice", ["RET=FULL RET=FULL", "ENVID=a ENVID=b"])
def test_repeated_parameters(twice: str) -> None:
    assert Server().say("EHLO h", f"MAIL FROM:<a@b> {twice}")[-1].startswith("501 5.5.4 Bad")


def test_no_room() -> None:
    server = Server(space=False)
    assert server.say("EHLO h", "MAIL FROM:<a@b>", "RCPT TO:<b@ours.test>")[-2:] == [
        "452 4.3.1 Insufficient system storage",
        "503 5.5.1 Error: need MAIL command",
    ]


def test_helo_required() -> None:
    server = Server("smtpd_helo_required = yes\n")
    assert server.say("MAIL FROM:<a@b>") == ["503 5.5.1 Error: send HELO/EHLO first"]


def test_strict_envelopes() -> None:
    assert Server().say("MAIL FROM:a@b")[-1] == "250 2.1.0 Ok"
    assert Server("strict_rfc821_envelopes = yes\n").say("MAIL FROM:a@b")[-1] == "501 5.1.7 Bad sender address syntax"


def test_utf8() -> None:
    line = "MAIL FROM:<j\u00fcrgen@b.test>".encode().decode("latin-1")
    assert Server().say("EHLO h", line)[-1] == "250 2.1.0 Ok"
    strict = Server("strict_smtputf8 = yes\n")
    assert strict.say("EHLO h", line)[-1] == "553 5.6.7 Must declare SMTPUTF8 to send unicode address"
    assert strict.say("EHLO h", line + " SMTPUTF8")[-1] == "250 2.1.0 Ok"
    assert Server().say("EHLO h", "MAIL FROM:<\xff@b.test>")[-1] == "500 5.5.2 Error: bad UTF-8 syntax"


def test_dsn_off() -> None:
    server = Server("smtpd_discard_ehlo_keywords = dsn\n")
    out = server.say("EHLO h", "MAIL FROM:<> RET=FULL", "MAIL FROM:<>", "RCPT TO:<b@ours.test> NOTIFY=NEVER")
    assert out[1] == out[3] == "501 5.7.1 DSN support is disabled"


def test_an_early_refusal_leaves_no_transaction() -> None:
    server = Server("smtpd_delay_reject = no\nsmtpd_sender_restrictions = reject\n")
    out = server.say("EHLO h", "MAIL FROM:<a@b>", "RCPT TO:<b@ours.test>")
    assert out[1] == "554 5.7.1 <a@b>: Sender address rejected: Access denied"
    assert out[2] == "503 5.5.1 Error: need MAIL command"
    assert (
        "NOQUEUE: reject: MAIL from client.test[192.0.2.1]: 554 5.7.1 <a@b>: Sender address rejected: Access denied; from=<a@b> proto=ESMTP helo=<h>\n"
        in server.log.text
    )


def test_soft_bounce() -> None:
    server = Server("soft_bounce = yes\nsmtpd_relay_restrictions = reject_unauth_destination\n")
    out = server.say("EHLO h", "MAIL FROM:<a@b>", "RCPT TO:<x@else.test>", "FOO")
    assert out[2] == "454 4.7.1 <x@else.test>: Relay access denied"
    assert out[3] == "400 4.5.2 Error: command not recognized"


def test_a_domain_that_cannot_be_one() -> None:
    server = Server()
    out = server.say("HELO h", "MAIL FROM:<a@-x.test>", "MAIL FROM:<a@b> AUTH=<>", "RCPT TO:<b@-x.test>")
    assert out[1:] == ["501 5.1.7 Bad sender address syntax", "250 2.1.0 Ok", "501 5.1.3 Bad recipient address syntax"]
    for verb, address in (("MAIL", "<a@-x.test>"), ("RCPT", "<b@-x.test>")):
        warning = f"warning: Illegal address syntax from client.test[192.0.2.1] in {verb} command: {address}\n"
        assert warning in server.log.text


def test_an_old_default_is_told() -> None:
    server = Server(
        "compatibility_level = 0\nsmtpd_relay_restrictions = permit_mynetworks, reject\nmynetworks = 0.0.0.0/0\n"
    )
    server.say("EHLO h", "MAIL FROM:<\xfc@b>", "RCPT TO:<\xfc@ours.test>")
    head = "using backwards-compatible default setting smtputf8_enable=no to accept non-ASCII "
    assert head + 'sender address "' in server.log.text
