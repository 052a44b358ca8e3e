"""Messages in the real pipeline: large bodies, failures of the store, PREPEND."""

import pytest

from pymaster.store.contract import QueueFull, StoreUnavailable
from tests.unit.dialog.smtpd.real import RealServer

HELLO = [b"EHLO c.test\r\n", b"MAIL FROM:<a@them.test>\r\n", b"RCPT TO:<user@example.test>\r\n", b"DATA\r\n"]
LARGE = [b"Subject: x\r\n\r\n", *[(b"x" * 70 + b"\r\n") * 900] * 40, b".\r\n", b"QUIT\r\n"]


def test_a_large_body_is_staged() -> None:
    server = RealServer()
    assert server.talk([*HELLO, *LARGE])[-2] == b"250 2.0.0 Ok: queued as Q1"
    message, stager = server.committed[0], server.stagers[0]
    assert message.staged == "Q1" and not message.body
    assert sum(map(len, stager.slices)) == message.envelope.size
    assert max(map(len, stager.slices)) <= 1 << 20 and not stager.dropped


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (QueueFull("x"), b"452 4.3.1 Insufficient system storage"),
        (StoreUnavailable("x"), b"451 4.3.0 Error: queue file write error"),
    ],
)
def test_a_store_that_fails_while_staging(error: Exception, reply: bytes) -> None:
    server = RealServer(stage_error=error)
    assert server.talk([*HELLO, *LARGE])[-2] == reply
    assert not server.committed and server.stagers[0].dropped


def test_prepend_and_several_recipients() -> None:
    server = RealServer(
        "smtpd_sender_restrictions = check_sender_access inline:{ {a@them.test = PREPEND X-Seen: yes} }\n"
    )
    talk = [*HELLO[:3], b"RCPT TO:<root@example.test>\r\n", b"DATA\r\n", b"Subject: x\r\n\r\nx\r\n.\r\n", b"QUIT\r\n"]
    server.talk(talk)
    content = b"".join(server.committed[0].body)
    assert content.startswith(b"X-Seen: yes\n")
    assert (
        b"Received: from c.test (unknown [192.0.2.1])\n\tby mx.example.test (pymaster) with ESMTP id Q1;\n\t" in content
    )


def test_hidden_client() -> None:
    server = RealServer("smtpd_hide_client_session = yes\n")
    server.talk([*HELLO, b"Subject: x\r\n\r\nx\r\n.\r\n", b"QUIT\r\n"])
    assert b"192.0.2.1" not in b"".join(server.committed[0].body)


def test_hop_limit() -> None:
    server = RealServer()
    assert server.talk([*HELLO, b"Received: x\r\n" * 60 + b"\r\nx\r\n.\r\n", b"QUIT\r\n"])[-2].startswith(b"554 5.4.0")


def test_overrides_for_mail_that_a_filter_gives_back() -> None:
    server = RealServer("content_filter = smtp:[127.0.0.1]:10024\n")
    assert server.talk([*HELLO, b"Subject: x\r\n\r\nx\r\n.\r\n", b"QUIT\r\n"])[-2].startswith(b"250")
    assert server.committed[0].envelope.content_filter == "smtp:[127.0.0.1]:10024"
    hello = [b"EHLO h\r\n", b"MAIL FROM:<>\r\n", b"RCPT TO:<nobody@example.test>\r\n", b"QUIT\r\n"]
    assert RealServer().talk(hello)[-2].startswith(b"550 5.1.1")
    server = RealServer("receive_override_options = no_unknown_recipient_checks, no_header_body_checks\n")
    assert server.talk(hello)[-2] == b"250 2.1.5 Ok"
