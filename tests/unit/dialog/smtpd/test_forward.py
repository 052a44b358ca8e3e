"""XFORWARD and XCLIENT (the golden dialogs hold the common case)."""

from tests.unit.dialog.smtpd.lab import Server

TRUSTED = "10.0.0.9"
MAIL = ["MAIL FROM:<a@them.test>", "RCPT TO:<b@ours.test>"]


def test_xforward_ends_with_the_transaction() -> None:
    server = Server()
    server.say("XFORWARD NAME=x.test ADDR=192.0.2.7", *MAIL, "RSET", *MAIL, address=TRUSTED)
    assert server.messages[0].opening.origin.client_address == "192.0.2.7"
    assert server.messages[0].opening.received_from.client_address == TRUSTED  # type: ignore[union-attr]
    assert server.messages[1].opening.origin.client_address == TRUSTED


def test_xforward_values_are_bounded() -> None:
    assert Server().say("XFORWARD NAME=" + "x" * 300, address=TRUSTED)[0] == "501 5.5.4 Error: attribute value too long"
    assert Server().say("XFORWARD NAME", address=TRUSTED)[0] == "501 5.5.4 Error: attribute=value expected"


def test_xclient_changes_who_is_judged() -> None:
    server = Server("smtpd_client_restrictions = reject_unknown_client_hostname\n")
    out = server.say("XCLIENT NAME=[TEMPUNAVAIL] ADDR=192.0.2.9", "HELO h", *MAIL, address=TRUSTED)
    assert out[-1] == "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.9]"
    server = Server()
    server.say("XCLIENT NAME=x.test ADDR=IPv6:2001:DB8::1 LOGIN=joe", "HELO h", *MAIL, address=TRUSTED)
    assert "ID1: client=x.test[2001:db8::1], sasl_method=XCLIENT, sasl_username=joe\n" in server.log.text


def test_xclient_only_between_transactions_and_for_the_trusted() -> None:
    assert (
        Server().say(MAIL[0], "XCLIENT NAME=x", address=TRUSTED)[-1] == "503 5.5.1 Error: MAIL transaction in progress"
    )
    assert Server().say("XCLIENT NAME=x")[-1] == "550 5.7.0 Error: insufficient authorization"
    # Once it is another client, it is trusted no more.
    assert Server().say("XCLIENT ADDR=192.0.2.9", "XCLIENT ADDR=192.0.2.8", address=TRUSTED)[-1].startswith("550")
