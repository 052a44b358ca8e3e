"""The login stage as a service: what it knows of a client, and what a client hears whom nobody serves."""

import socket

import pytest

from pymaster.dialog.login.handed import LoggedIn, Ticket
from pymaster.model.mailsession import MAX_REST, MailAnswer, MailSession
from pymaster.runtime.mailstream import TlsStream
from pymaster.server import loginservice
from pymaster.server.loginservice import LoginService, label, unmapped
from pymaster.server.skeleton import Connection


class Pop3(LoginService):
    """POP3's."""

    protocol = "pop3"


class Imap(LoginService):
    """IMAP's."""

    protocol = "imap"


def connected() -> tuple[Connection, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        sock, peer = server.accept()
    client.settimeout(5)
    return Connection(sock, peer, sock.getsockname()[:2], 7), client


def test_a_client_of_this_machine_is_a_safe_one() -> None:
    conn, _ = connected()
    about = Imap().about(conn)
    assert about.secured and about.service == "imap" and len(about.session) == 12
    conn.peer = ("192.0.2.7", 1)
    assert not Imap().about(conn).secured
    conn.peer = conn.local = ("::ffff:192.0.2.7", 1)
    about = Imap().about(conn)
    assert about.secured and about.address == "192.0.2.7"
    assert label(about).startswith("rip=192.0.2.7, lip=192.0.2.7, session=<")
    assert unmapped("::ffff:1") == "::ffff:1"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Imap, b"a1 NO [UNAVAILABLE] Not now.\r\n* BYE Not now.\r\n"),
        (Pop3, b"-ERR [SYS/TEMP] Not now.\r\n"),
    ],
)
def test_whom_nobody_serves_hears_so(
    monkeypatch: pytest.MonkeyPatch, kind: type[LoginService], expected: bytes
) -> None:
    seen: list[MailSession] = []

    def nobody(session: MailSession, fd: int) -> MailAnswer:
        seen.append(session)
        return MailAnswer(False, "UNAVAILABLE", "Not now.")

    monkeypatch.setattr(loginservice, "hand_over", nobody)
    conn, client = connected()
    service = kind()
    service.give(
        TlsStream(conn.raw, None), conn, service.about(conn), LoggedIn("u", Ticket(1, 2, "c"), "PLAIN", b"rest", b"a1")
    )
    assert client.recv(200) == expected
    assert (seen[0].user, seen[0].ticket, seen[0].rest, seen[0].tls) == ("u", 2, b"rest", False)


def test_more_input_than_can_be_passed_on_is_refused() -> None:
    conn, client = connected()
    service = Imap()
    login = LoggedIn("u", Ticket(), "PLAIN", b"x" * (MAX_REST + 1), b"a1")
    service.give(TlsStream(conn.raw, None), conn, service.about(conn), login)
    assert client.recv(200).startswith(b"a1 NO [LIMIT]")
