"""The log lines that other programs parse, literally."""

import pytest

from pymaster.model import event
from pymaster.model.envelope import Origin
from pymaster.model.status import Status, deferred, sent


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0"),
        (0.00004, "0"),
        (0.19, "0.19"),
        (0.1, "0.1"),
        (0.012, "0.01"),
        (1.26, "1.3"),
        (12.4, "12"),
        (30, "30"),
        (-1, "0"),
    ],
)
def test_delay(seconds: float, text: str) -> None:
    assert event.delay(seconds) == text


def test_delivered() -> None:
    line = event.Delivered(
        "0DD3522AEF3",
        b"bob@example.net",
        b"bob",
        sent("250 2.0.0 Ok: queued as ABC", relay="mx.example.net[192.0.2.25]:25"),
        (0.04, 0.01, 0.05, 0.1),
    ).line()
    assert line == (
        "0DD3522AEF3: to=<bob@example.net>, orig_to=<bob>, relay=mx.example.net[192.0.2.25]:25, delay=0.2, "
        "delays=0.04/0.01/0.05/0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC)"
    )


def test_deferred_without_relay() -> None:
    status = deferred("connect to mx.example.net[192.0.2.25]:25: Connection timed out", "4.4.1")
    line = event.Delivered("A", b"b@x", b"b@x", status, (0.1, 0.01, 30, 0)).line()
    assert line == (
        "A: to=<b@x>, relay=none, delay=30, delays=0.1/0.01/30/0, dsn=4.4.1, "
        "status=deferred (connect to mx.example.net[192.0.2.25]:25: Connection timed out)"
    )


def test_reject() -> None:
    line = event.Reject(
        "", "reject", "RCPT", "unknown[198.51.100.9]", "554 5.7.1 <x@example.com>: Relay access denied",
        b"a@b.example", b"x@example.com", "ESMTP", "h",
    ).line()  # fmt: skip
    assert line == (
        "NOQUEUE: reject: RCPT from unknown[198.51.100.9]: 554 5.7.1 <x@example.com>: Relay access denied; "
        "from=<a@b.example> to=<x@example.com> proto=ESMTP helo=<h>"
    )


def test_disconnect_counts() -> None:
    counts = {"ehlo": (2, 2), "auth": (0, 1), "mail": (1, 1), "data": (0, 0)}
    line = event.Disconnect("c[1.2.3.4]", counts).line()
    assert line == "disconnect from c[1.2.3.4] ehlo=2 auth=0/1 mail=1 commands=3/4"


def test_the_rest() -> None:
    assert event.Connect("c[1.2.3.4]").line() == "connect from c[1.2.3.4]"
    assert event.ClientOf("A", "c[1.2.3.4]", "PLAIN", "joe").line() == (
        "A: client=c[1.2.3.4], sasl_method=PLAIN, sasl_username=joe"
    )
    assert event.MessageId("A", b"<x@y>").line() == "A: message-id=<x@y>"
    assert event.PickedUp("A", 115, b"www").line() == "A: uid=115 from=<www>"
    assert event.Active("A", b"a@b", 642, 1).line() == "A: from=<a@b>, size=642, nrcpt=1 (queue active)"
    assert event.Removed("A").line() == "A: removed"
    assert event.Expired("A", b"a@b").line() == "A: from=<a@b>, status=expired, returned to sender"
    assert (
        event.Notified("A", "sender non-delivery notification", "B").line() == "A: sender non-delivery notification: B"
    )


def test_content_action() -> None:
    origin = Origin("client.example.net", "192.0.2.7", protocol="ESMTP", helo="h")
    line = event.ContentAction(
        "A", "reject", "header Subject: bad", origin, b"a@b", b"c@d", "5.7.1 message content rejected"
    ).line()
    assert line == (
        "A: reject: header Subject: bad from client.example.net[192.0.2.7]; from=<a@b> to=<c@d> proto=ESMTP helo=<h>: "
        "5.7.1 message content rejected"
    )
    assert Status(1, "2.0.0", "ok").word == "sent"


def test_addresses_are_shown_in_external_form() -> None:
    assert event.address(b"a b@c.example") == '"a b"@c.example'
    assert event.address(b"x@y@c.example") == '"x@y"@c.example'
    assert event.address(b"") == "" and event.address(b"joe") == "joe"
