"""RCPT TO."""

from pymaster.model.envelope import NOTIFY_DELAY, NOTIFY_NEVER, NOTIFY_SUCCESS
from tests.unit.dialog.smtpd.lab import Server

HELLO = ["EHLO h", "MAIL FROM:<a@them.test>"]


def test_parameters_reach_the_message() -> None:
    server = Server()
    server.say(
        *HELLO,
        "RCPT TO:<b@ours.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;B+2Bx@ours.test",
        "RCPT TO:<c@ours.test> NOTIFY=never",
    )
    first, second = server.messages[0].recipients
    assert (first.address, first.orig_to, first.notify) == (
        b"b@ours.test",
        b"b@ours.test",
        NOTIFY_SUCCESS | NOTIFY_DELAY,
    )
    assert first.orcpt == b"rfc822;B+x@ours.test" and second.notify == NOTIFY_NEVER


def test_refusals_before_the_first_good_one_have_no_queue_id() -> None:
    server = Server()
    server.say(*HELLO, "RCPT TO:<x@else.test>", "RCPT TO:<b@ours.test>", "RCPT TO:<y@else.test>")
    assert "NOQUEUE: reject: RCPT from client.test[192.0.2.1]: 454 4.7.1 <x@else.test>" in server.log.text
    assert "ID1: client=client.test[192.0.2.1]\n" in server.log.text
    assert "ID1: reject: RCPT from client.test[192.0.2.1]: 454 4.7.1 <y@else.test>" in server.log.text


def test_too_many_recipients() -> None:
    server = Server("smtpd_recipient_limit = 3\nsmtpd_recipient_overshoot_limit = 4\nsmtpd_hard_error_limit = 3\n")
    out = server.say(*HELLO, *[f"RCPT TO:<b{n}@ours.test>" for n in range(12)])
    assert out[2:5] == ["250 2.1.5 Ok"] * 3
    assert out[5:12] == ["452 4.5.3 Error: too many recipients"] * 7
    assert out[12].startswith("421 4.7.0")


def test_bad_parameters() -> None:
    out = Server().say(
        *HELLO, "RCPT TO:<b@ours.test> FOO", "RCPT TO:<b@ours.test> NOTIFY=", "RCPT TO:<b@ours.test> ORCPT=rfc822;a+0Ab"
    )
    assert out[2:] == [
        "555 5.5.4 Unsupported option: FOO",
        "501 5.5.4 Error: Bad NOTIFY parameter syntax",
        "501 5.5.4 Error: Bad ORCPT parameter syntax",
    ]


def test_an_empty_local_part_is_nobody() -> None:
    assert Server().say(*HELLO, 'RCPT TO:<""@ours.test>')[-1] == "501 5.1.3 Bad recipient address syntax"


def test_rset_forgets_the_message() -> None:
    server = Server()
    server.say(*HELLO, "RCPT TO:<b@ours.test>", "RSET", "DATA")
    assert server.messages[0].abandoned
