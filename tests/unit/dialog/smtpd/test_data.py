"""DATA in the dialog: smuggling, sizes, bare line feeds, refusals at the end."""

import pytest

from tests.unit.dialog.smtpd.lab import Server
from tests.unit.dialog.smtpd.real import RealServer
from tests.unit.proto.smtp.test_data import EVIL, FORGED

START = [b"EHLO h\r\n", b"MAIL FROM:<a@them.test>\r\nRCPT TO:<b@ours.test>\r\nDATA\r\n"]


@pytest.mark.parametrize("form", FORGED)
def test_smuggled_commands_are_text(form: bytes) -> None:
    server = Server()
    out = server.talk([*START, b"Subject: x\r\n\r\nbody" + form + EVIL + b".\r\n", b"QUIT\r\n"])
    assert len(server.messages) == len(server.committed) == 1
    assert EVIL.replace(b"\r\n", b"\n") in server.messages[0].content
    assert out.endswith(b"250 2.0.0 Ok: queued as ID1\r\n221 2.0.0 Bye\r\n")


@pytest.mark.parametrize("form", FORGED[:4])
def test_bare_newline_modes(form: bytes) -> None:
    has_bare = b"\n" in form.replace(b"\r\n", b"")
    body = b"body" + form + EVIL + b".\r\n"
    server = Server("smtpd_forbid_bare_newline = reject\n")
    out = server.talk([*START, body, b"QUIT\r\n"])
    assert out.endswith(b"550 5.5.2 mx.ours.test Error: bare <LF> received\r\n") == has_bare
    assert len(server.committed) == (0 if has_bare else 1)
    server = Server("smtpd_forbid_bare_newline = note\n")
    assert b"250 2.0.0 Ok: queued" in server.talk([*START, body, b"QUIT\r\n"])
    assert ("bare <LF> received after DATA" in server.log.text) == has_bare


def test_bare_newline_in_commands() -> None:
    assert b"250 2.0.0 Ok" in Server().talk([b"NOOP\n", b"QUIT\n"])
    out = Server("smtpd_forbid_bare_newline = reject\n").talk([b"NOOP\n", b"QUIT\n"])
    assert out.endswith(b"550 5.5.2 mx.ours.test Error: bare <LF> received\r\n")


@pytest.mark.parametrize(("size", "good"), [(999, True), (1000, True), (1001, False)])
def test_size_limit_is_exact(size: int, good: bool) -> None:
    server = Server("message_size_limit = 1000\n")
    out = server.talk([*START, b"x" * (size - 2) + b"\r\n.\r\n", b"QUIT\r\n"])
    assert (b"250 2.0.0 Ok: queued" in out) == good == bool(server.committed)
    assert (b"552 5.3.4 Error: message file too big\r\n221" in out) != good


def test_endless_data_keeps_memory_flat() -> None:
    server = Server("message_size_limit = 100000\n")
    out = server.talk([*START, *[b"x" * 65536] * 50, b"\r\n.\r\n", b"QUIT\r\n"])
    assert b"552 5.3.4" in out
    assert len(server.messages[0].content) <= 100000


def test_after_a_refusal_the_transaction_is_empty() -> None:
    server = Server(refusal=(550, "5.7.1", "message content rejected"))
    out = server.talk([*START, b"x\r\n.\r\n", b"RCPT TO:<c@ours.test>\r\n", b"QUIT\r\n"])
    assert out.endswith(
        b"550 5.7.1 message content rejected\r\n503 5.5.1 Error: need MAIL command\r\n221 2.0.0 Bye\r\n"
    )
    assert server.messages[0].abandoned


def test_data_restrictions() -> None:
    server = Server("smtpd_data_restrictions = reject\n")
    out = server.talk([*START, b"RSET\r\n", b"QUIT\r\n"])
    assert b"554 5.7.1 <DATA>: Data command rejected: Access denied\r\n250 2.0.0 Ok" in out


def test_the_stored_message_with_the_real_pipeline() -> None:
    server = RealServer("remote_header_rewrite_domain =\n")
    hello = [b"EHLO client.test\r\n", b"MAIL FROM:<a@them.test> BODY=8BITMIME\r\n", b"RCPT TO:<user@example.test>\r\n"]
    server.talk([*hello, b"DATA\r\n", b"Subject: x\r\nMessage-Id: <1@x>\r\n\r\nbody\r\n..\r\n.\r\n", b"QUIT\r\n"])
    message = server.committed[0]
    content = b"".join(message.body)
    assert content.startswith(
        b"Received: from client.test (unknown [192.0.2.1])\n\tby mx.example.test (pymaster) with ESMTP id Q1\n"
        b"\tfor <user@example.test>; "
    )
    assert content.endswith(b"Subject: x\nMessage-Id: <1@x>\n\nbody\n.\n")
    assert message.envelope.size == len(content)
    assert message.envelope.sender == b"a@them.test" and message.envelope.encoding == "8bit"
    assert "Q1: client=unknown[192.0.2.1]\n" in server.sink.text
    assert "Q1: message-id=<1@x>\n" in server.sink.text
