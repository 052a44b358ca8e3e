"""loginservice - the login stage as a service: greeting, TLS and authentication of POP3 or IMAP, without any right to mail.

When the user is known the client is given away (`runtime.mailhandover`). In clear its descriptor goes and this process is
done with it; TLS stays here, and bytes go through, so that a hole in TLS is no hole in the mail.
"""

from __future__ import annotations

import _socket
import base64
import os
import socket
import time
from typing import Any

from pymaster.config.params.core import CoreParams
from pymaster.dialog.login.handed import About, LoggedIn, World
from pymaster.dialog.login.imap import ImapLogin
from pymaster.dialog.login.pop3 import Pop3Login
from pymaster.dialog.login.shared import note_tls
from pymaster.model.mailsession import MAX_REST, MailAnswer, MailSession
from pymaster.runtime.authclient import AuthClient
from pymaster.runtime.mailhandover import bridge, hand_over
from pymaster.runtime.mailstream import MailStream, TlsStream
from pymaster.runtime.tls import ServerTls
from pymaster.runtime.turns import sleep
from pymaster.server.configwatch import ConfigWatch
from pymaster.server.mailsettings import login_settings, server_tls, text, wrapped
from pymaster.server.skeleton import PER_CORE, Connection, Multi
from pymaster.util import log
from pymaster.util.errors import ConnectionLost, DeadlineExceeded

HANDSHAKE = 30.0


class LoginService(Multi):
    """What services/imapd.py and services/pop3d.py share; `protocol` is `imap` or `pop3`."""

    protocol = ""
    min_procs = PER_CORE
    tls: ServerTls | None = None

    def before_jail(self) -> None:
        self.tls = server_tls(self.snapshot, self.protocol)
        self.config = ConfigWatch(self.snapshot, self.clock)

    def start(self) -> None:
        self.settings = login_settings(self.snapshot, self.protocol, tls=self.tls is not None)
        self.wrapped = wrapped(self.snapshot, self.protocol)
        self.field = text(self.snapshot, self.protocol, "tls_ccert_username")
        self.auth = AuthClient()
        host = self.snapshot[CoreParams].myhostname
        self.stamp = lambda: f"<{os.getpid()}.{time.monotonic_ns()}.{os.urandom(4).hex()}@{host}>".encode()

    def outdated(self) -> str:
        stale = self.tls.stale() if self.tls is not None else ""
        return stale or ("main.cf" if self.config.changed() else "")

    def serve(self, conn: Connection) -> None:
        about = self.about(conn)
        stream = TlsStream(conn.raw, self.tls.context if self.tls is not None else None, self.field)
        try:
            if self.wrapped:
                stream.starttls(time.monotonic() + HANDSHAKE)
                note_tls(stream, about)
            world = World(self.settings, self.auth, self.clock, self.stamp, sleep)
            login = ImapLogin(world, stream, about) if self.protocol == "imap" else Pop3Login(world, stream, about)
            result = login.run()
            if result is None:
                log.info(f"{self.protocol}-login: Disconnected: no login, {label(about)}", conn.number)
            else:
                self.give(stream, conn, about, result)
        except (ConnectionLost, DeadlineExceeded):
            log.info(f"{self.protocol}-login: Disconnected: connection closed, {label(about)}", conn.number)
        finally:
            stream.close()

    def about(self, conn: Connection) -> About:
        """What is known of a client that has just connected."""
        address, port = conn.peer or ("127.0.0.1", 0)
        local, local_port = conn.local or ("127.0.0.1", 0)
        address, local = unmapped(address), unmapped(local)
        near = address == local or address.startswith("127.") or address == "::1"
        session = base64.urlsafe_b64encode(os.urandom(9)).decode()
        if conn.peer is not None:
            conn.raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            conn.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return About(self.protocol, address, port, local, local_port, secured=near, session=session)

    def give(self, stream: TlsStream, conn: Connection, about: About, login: LoggedIn) -> None:
        """The user is known: the client goes to the user's worker."""
        ticket = login.ticket
        session = MailSession(
            self.protocol, ticket.pid, ticket.number, ticket.cookie, login.user, login.method, about.address, about.port,
            about.local, about.local_port, stream.secured, about.session, conn.number, login.tag, login.rest[:MAX_REST],
        )  # fmt: skip
        if len(login.rest) > MAX_REST:
            self.refused(stream, login, MailAnswer(False, "LIMIT", "Too much input before login was answered."))
            return
        if not stream.secured:
            answer = hand_over(session, stream.sock.fileno())
        else:
            answer = self.through(stream, session)
        if not answer.ok:
            log.warning(
                f"{self.protocol}-login: user=<{login.user}> not served: {answer.text} {label(about)}", conn.number
            )
            self.refused(stream, login, answer)

    def through(self, stream: TlsStream, session: MailSession) -> MailAnswer:
        """Give one end of a socket pair away and carry bytes until the end."""
        near, far = _pair()
        try:
            answer = hand_over(session, far.fileno())
        finally:
            far.close()
        inner = MailStream(near)
        if answer.ok:
            bridge(stream, inner)
        inner.close()
        return answer

    def refused(self, stream: TlsStream, login: LoggedIn, answer: MailAnswer) -> None:
        """Nobody serves the client just now."""
        if self.protocol == "imap":
            line = login.tag + f" NO [{answer.code}] {answer.text}\r\n* BYE {answer.text}\r\n".encode(
                "ascii", "replace"
            )
        else:
            line = f"-ERR [SYS/TEMP] {answer.text}\r\n".encode("ascii", "replace")
        stream.send(line, time.monotonic() + 5.0)

    def stop(self) -> None:
        if hasattr(self, "auth"):
            self.auth.close()


def _pair() -> tuple[Any, Any]:
    left, right = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM)
    return left, right


def unmapped(address: str) -> str:
    """An IPv4 address that came in IPv6 clothes, as itself."""
    return address[7:] if address.startswith("::ffff:") and "." in address else address


def label(about: About) -> str:
    """The client in a log line."""
    return f"rip={about.address}, lip={about.local}, session=<{about.session}>"
