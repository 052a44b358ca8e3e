"""TLS of POP3 and IMAP: nothing said in clear survives into it, and a certificate is replaced while all goes on."""

import imaplib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import eventually
from reading import Reading

from tests.certs import certificate

USER = "user@localhost"


@pytest.fixture(scope="module")
def mail() -> Iterator[Reading]:
    with Reading() as system:
        yield system


def trusting(name: str = "mail.example.org") -> ssl.SSLContext:
    """A context that takes one certificate only."""
    return ssl.create_default_context(cafile=f"{certificate(name)}.crt")


def lines(sock: socket.socket, last: bytes) -> bytes:
    """What is said up to a text, or to the end."""
    said = b""
    while last not in said and (block := sock.recv(4096)):
        said += block
    return said


@pytest.mark.parametrize(
    ("protocol", "command", "answer", "injected"),
    [
        ("imap", b"a STARTTLS\r\n", b"a OK", b"b LOGIN user@localhost {11}\r\nsecret word\r\n"),
        ("imap", b"a STARTTLS\r\n", b"a OK", b'b LOGIN user@localhost "secret word"\r\nc LIST "" *\r\n'),
        ("pop3", b"STLS\r\n", b"+OK Begin", b"USER user@localhost\r\nPASS secret word\r\nSTAT\r\n"),
    ],
)
def test_what_was_sent_in_clear_is_not_done_in_tls(
    mail: Reading, protocol: str, command: bytes, answer: bytes, injected: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", getattr(mail, protocol)), 10) as sock:
        lines(sock, b"\r\n")
        sock.sendall(command + injected)
        said = lines(sock, b"\r\n")
        if answer not in said:
            # Refused outright: nothing of it is done, and the connection ends.
            assert said.startswith((b"a BAD", b"* BYE", b"-ERR")) or said == b""
            assert b"b OK" not in (rest := lines(sock, b"never")) and b"+OK" not in rest
            return
        assert said.count(b"\r\n") == 1
        with trusting().wrap_socket(sock, server_hostname="mail.example.org") as inner:
            inner.settimeout(10)
            # The first answer is to the first command in TLS, and nobody is logged in.
            inner.sendall(b"x NOOP\r\n" if protocol == "imap" else b"STAT\r\n")
            assert lines(inner, b"\r\n").startswith(b"x OK" if protocol == "imap" else b"-ERR")


def test_a_replaced_certificate_is_taken_up(mail: Reading) -> None:
    """New connections get it without a reload; those that are open go on."""
    with imaplib.IMAP4_SSL("127.0.0.1", mail.imaps, ssl_context=trusting(), timeout=10) as client:
        client.login(USER, mail.PASSWORD)
        pem = mail.base / "chain.pem"
        pem.write_text(Path(certificate("new.example.org")).read_text())
        renewed = trusting("new.example.org")
        for port in (mail.imaps, mail.pop3s):
            eventually(lambda port=port: shows(port, renewed), 15, 0.1)
        eventually(lambda: begins(mail.imap, renewed), 15, 0.1)
        assert client.select()[0] == "OK"
        # A file that is no certificate changes nothing.
        pem.write_text("nothing\n")
        mail.smtp()
        assert client.noop()[0] == "OK"
        pem.write_text(Path(certificate("new.example.org")).read_text())
        eventually(lambda: shows(mail.imaps, renewed), 15, 0.1)


def begins(port: int, context: ssl.SSLContext) -> bool:
    """The same, by STARTTLS."""
    try:
        with imaplib.IMAP4("127.0.0.1", port, timeout=10) as client:
            return bool(client.starttls(context)[0] == "OK")
    except (ssl.SSLError, OSError, imaplib.IMAP4.error):
        return False


def shows(port: int, context: ssl.SSLContext) -> bool:
    """Whether a server has the certificate that the context takes."""
    try:
        with (
            socket.create_connection(("127.0.0.1", port), 10) as sock,
            context.wrap_socket(sock, server_hostname="127.0.0.1") as inner,
        ):
            return bool(inner.recv(10))
    except (ssl.SSLError, OSError):
        return False
