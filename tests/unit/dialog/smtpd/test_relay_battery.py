"""The relay battery: no spelling of a recipient makes an untrusted client's copy leave for third.test."""

import pytest

from tests.unit.dialog.smtpd.real import RealServer

SENDERS = [b"<>", b"<x@third.test>", b"<x@example.test>", b"<x@localhost>", b"<x@[127.0.0.1]>", b"<x>"]
RECIPIENTS = [
    b"victim@third.test", b'"victim@third.test"', b'"victim%third.test"', b"victim%third.test@example.test",
    b"victim%third.test@[127.0.0.1]", b'"victim%third.test"@example.test', b'"victim@third.test"@example.test',
    b'"victim@third.test"@[127.0.0.1]', b"victim@third.test@example.test", b"@example.test:victim@third.test",
    b"@[127.0.0.1]:victim@third.test", b"@example.test,@a.test:victim@third.test", b"third.test!victim",
    b"third.test!victim@example.test", b"third.test!victim@[127.0.0.1]", b"example.test!third.test!victim",
    b"victim@third.test.", b"victim@example.test.", b"victim@[IPv6:::1]", b"victim@[192.0.2.1]", b"victim@0x7f000001",
    b"victim(@third.test)@example.test", b"victim@third.test(c)", b"\\victim@example.test",
    b"victim\\@third.test@example.test", b'"victim third.test"@example.test', b"victim@THIRD.TEST",
    "victim@third\u3002test".encode(), "victim@\uff54\uff48ird.test".encode(), b"=?utf-8?q?victim=40third.test=3e?=@example.test",
    b"victim\0@third.test@example.test", b"victim@third.test\r@example.test", b'""@example.test', b"|id@example.test",
    b"/etc/passwd@example.test", b":include:/etc/passwd@example.test", b"-froot@example.test", b"postmaster", b"",
]  # fmt: skip
HELLOS = [
    [b"EHLO localhost\r\n"],
    [b"EHLO mx.example.test\r\n"],
    [b"XCLIENT NAME=mx.example.test ADDR=192.0.2.5\r\n", b"HELO mx.example.test\r\n", b"XFORWARD NAME=localhost ADDR=127.0.0.1\r\n"],
]  # fmt: skip
REFUSED = (b"554 5.7.1 ", b"550 5.1.1 ", b"501 5.1.3 ", b"500 5.5.2 ", b"501 5.5.4 ", b"550 5.1.3 ")


@pytest.fixture(scope="module")
def server() -> RealServer:
    return RealServer()


@pytest.mark.parametrize("hello", HELLOS, ids=["localhost", "our name", "xclient"])
@pytest.mark.parametrize("sender", SENDERS, ids=lambda s: s.decode())
@pytest.mark.parametrize("recipient", RECIPIENTS, ids=lambda r: ascii(r.decode()))
def test_nothing_leaves(server: RealServer, hello: list[bytes], sender: bytes, recipient: bytes) -> None:
    before = len(server.committed)
    talk = [*hello, b"MAIL FROM:" + sender + b"\r\n", b"RCPT TO:<" + recipient + b">\r\n"]
    replies = server.talk([*talk, b"DATA\r\n", b"Subject: x\r\n\r\nx\r\n.\r\n", b"QUIT\r\n"])
    mail = next(n for n, reply in enumerate(replies) if reply.startswith((b"250 2.1.0", b"501 5.1.7")))
    answer = replies[mail + 1]
    if recipient == b"postmaster":
        assert answer == b"250 2.1.5 Ok"
    if answer != b"250 2.1.5 Ok":
        assert answer.startswith(REFUSED), answer
        assert len(server.committed) == before
        return
    envelope = server.committed[-1].envelope
    assert len(server.committed) == before + 1
    for taken in envelope.recipients:
        route = server.resolver.resolve(envelope.sender, taken.address)
        assert route.klass == "local" and not route.routed and b"third" not in route.recipient, taken
        assert taken.address.partition(b"@")[0].lower() in (b"postmaster", b"user", b"root"), taken


def test_the_battery_is_complete() -> None:
    assert len(SENDERS) * len(RECIPIENTS) * len(HELLOS) == 702


def test_header_text_is_never_consulted(server: RealServer) -> None:
    content = (
        b"To: <victim@third.test>\r\nCc: victim%third.test@example.test\r\nBcc: victim@third.test\r\n\r\nx\r\n.\r\n"
    )
    server.talk(
        [b"EHLO h\r\n", b"MAIL FROM:<>\r\n", b"RCPT TO:<user@example.test>\r\n", b"DATA\r\n", content, b"QUIT\r\n"]
    )
    assert [r.address for r in server.committed[-1].envelope.recipients] == [b"user@example.test"]
