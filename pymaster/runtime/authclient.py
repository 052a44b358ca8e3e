"""authclient - asks an authentication server about logins, over the client side of Dovecot's protocol: authd, or Dovecot's own.

One connection for all logins of the process; it is made when it is needed and made anew when it broke. A server that is
away is a verdict (FAIL, UNAVAILABLE) and never an exception: the client of the login stage is told to try later.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import Any

import gevent
import gevent.event
import gevent.lock

from pymaster.model.login import CONTINUE, FAIL, OK, About, Ticket, Verdict
from pymaster.rules.auth.dovecotproto import MAJOR, BadLine, Line, Lines, base64_in, base64_out, build
from pymaster.runtime.stream import Stream, connect
from pymaster.util import log
from pymaster.util.errors import ConnectionLost, DeadlineExceeded

PATH = "private/auth"
# Seconds for the connection and its greeting; for one answer (a guessing client waits up to 17 s for it, PAM may be slow).
CONNECT, ANSWER = 10.0, 100.0
# Seconds after a connection that failed in which no other is tried.
PAUSE = 1.0
AWAY = "Temporary authentication failure."
_LONG = 1e8
_FAILURES = {
    b"temp": ("UNAVAILABLE", AWAY),
    b"pass_expired": ("EXPIRED", "Password expired."),
    b"user_disabled": ("CONTACTADMIN", "Login is not allowed."),
}
_CODES = {b"temp_fail": b"temp", b"pass_expired": b"pass_expired", b"user_disabled": b"user_disabled"}


@dataclass(slots=True)
class _Link:
    """One connection after its greeting."""

    stream: Stream
    cookie: str = ""
    # Mechanism -> flags.
    mechanisms: dict[bytes, frozenset[bytes]] = field(default_factory=dict)
    waiting: dict[int, Any] = field(default_factory=dict)
    last: int = 0
    broken: bool = False


class AuthClient:
    """The Authenticator of one process. `path` is the server's socket, relative to the working directory."""

    def __init__(self, path: str = PATH, *, connect_timeout: float = CONNECT, answer_timeout: float = ANSWER) -> None:
        self._path, self._connect_timeout, self._answer_timeout = path, connect_timeout, answer_timeout
        self._link: _Link | None = None
        self._lock = gevent.lock.Semaphore()
        self._silent = self._again = 0.0

    def mechanisms(self, *, secured: bool, certificate: bool = False) -> list[bytes]:
        """Mechanisms to offer; none when the server is away. `certificate`: the client has shown a good one."""
        link = self._linked()
        if link is None:
            return []
        return [
            name
            for name, flags in link.mechanisms.items()
            if (secured or b"plaintext" not in flags)
            and (b"private" not in flags or b"channel-binding" in flags or (certificate and name == b"EXTERNAL"))
            and (name != b"EXTERNAL" or certificate)
        ]

    @property
    def offers_apop(self) -> bool:
        """Whether POP3's greeting should have a stamp."""
        link = self._linked()
        return link is not None and b"APOP" in link.mechanisms

    def start(self, mechanism: bytes, initial: bytes | None, about: About) -> tuple[Exchange, Verdict]:
        """Begin an authentication."""
        for _ in range(2):
            link = self._linked()
            if link is None:
                break
            link.last += 1
            exchange = Exchange(self, link, link.last)
            verdict = exchange.ask(_auth(link.last, mechanism, initial, about))
            # A server that left between two logins is asked again where its successor listens.
            if verdict is not None:
                return exchange, verdict
        return Exchange(self, None, 0), away()

    def close(self) -> None:
        """Give the connection back."""
        if self._link is not None:
            self._end(self._link)

    @property
    def answer_timeout(self) -> float:
        """Seconds for one answer."""
        return self._answer_timeout

    def _linked(self) -> _Link | None:
        """The connection, made if need be; None when the server is away."""
        with self._lock:
            if self._link is not None and self._link.broken:
                self._link = None
            # Those who waited behind one that failed must not wait as long, one after the other.
            if self._link is None and time.monotonic() >= self._again:
                try:
                    self._link = self._connect(time.monotonic() + self._connect_timeout)
                except (OSError, ConnectionLost, DeadlineExceeded, BadLine) as exc:
                    self._again = time.monotonic() + PAUSE
                    self._complain(getattr(exc, "strerror", "") or str(exc) or "no answer in time")
            return self._link

    def _complain(self, why: str) -> None:
        """Once a minute is enough."""
        now = time.monotonic()
        if now >= self._silent:
            self._silent = now + 60.0
            log.warning(f"authentication server {self._path}: {why}")

    def _connect(self, deadline: float) -> _Link:
        """A new connection; raises OSError, ConnectionLost, DeadlineExceeded, BadLine."""
        stream = connect(self._path, deadline)
        try:
            stream.send(build(b"VERSION", MAJOR, 2) + build(b"CPID", os.getpid()), deadline)
            link, lines = _Link(stream), Lines()
            rest = _greeting(link, lines, deadline)
        except BaseException:
            stream.close()
            raise
        gevent.spawn(self._read, link, lines, rest)
        return link

    def _read(self, link: _Link, lines: Lines, found: list[Line]) -> None:
        """Take answers until the connection ends."""
        try:
            while True:
                for line in found:
                    waiting = link.waiting.pop(line.number, None)
                    if waiting is not None:
                        waiting.set(line)
                data = link.stream.recv(time.monotonic() + _LONG)
                if not data:
                    return
                found = lines.feed(data)
        except (ConnectionLost, DeadlineExceeded, OSError):
            return
        except BadLine as exc:
            self._complain(str(exc))
        finally:
            self._end(link)

    def _end(self, link: _Link) -> None:
        link.broken = True
        if self._link is link:
            self._link = None
        for waiting in list(link.waiting.values()):
            waiting.set(None)
        link.waiting.clear()
        link.stream.close()

    def send(self, link: _Link, data: bytes) -> bool:
        """Send a line at once; False when the connection is of no use (any more)."""
        if link.broken:
            return False
        raw = getattr(link.stream.sock, "_sock", link.stream.sock)
        try:
            sent = raw.send(data)
        except OSError:
            sent = 0
        if sent == len(data):
            return True
        # Its reader will see the end and tell those who still wait; nobody else is sent there.
        link.broken = True
        try:
            raw.shutdown(2)
        except OSError:
            return False
        return False


class Exchange:
    """One authentication that has begun."""

    def __init__(self, client: AuthClient, link: _Link | None, number: int) -> None:
        self._client, self._link, self._number = client, link, number

    def respond(self, data: bytes) -> Verdict:
        """The client's answer to a challenge."""
        return self.ask(build(b"CONT", self._number, base64_out(data))) or away()

    def abort(self) -> None:
        """The client gave up."""
        if self._link is not None:
            self._client.send(self._link, build(b"CANCEL", self._number))

    def ask(self, line: bytes) -> Verdict | None:
        """Send a line and wait for the answer; None when the connection broke."""
        link = self._link
        if link is None:
            return away()
        answer: Any = gevent.event.AsyncResult()
        link.waiting[self._number] = answer
        if not self._client.send(link, line):
            link.waiting.pop(self._number, None)
            return None
        try:
            found: Line | None = answer.get(timeout=self._client.answer_timeout)
        except gevent.Timeout:
            link.waiting.pop(self._number, None)
            self.abort()
            return away()
        return None if found is None else self._verdict(link, found)

    def _verdict(self, link: _Link, line: Line) -> Verdict:
        data = base64_in(line.fields.get(b"resp", b"")) or b""
        if line.verb == b"CONT":
            return Verdict(CONTINUE, base64_in(line.words[0] if line.words else b"") or b"")
        if line.verb == b"OK":
            return Verdict(OK, data, line.text(b"user"), Ticket(os.getpid(), self._number, link.cookie))
        words = set(line.words) | {_CODES.get(line.fields.get(b"code", b""), b"")}
        for word, (code, text) in _FAILURES.items():
            if word in words:
                return Verdict(FAIL, user=line.text(b"user"), code=code, text=text)
        return Verdict(FAIL, user=line.text(b"user"))


def away() -> Verdict:
    """Nobody knows just now."""
    return Verdict(FAIL, code="UNAVAILABLE", text=AWAY)


def _greeting(link: _Link, lines: Lines, deadline: float) -> list[Line]:
    """Read up to DONE; what came behind it is returned."""
    while True:
        data = link.stream.recv(deadline)
        if not data:
            raise ConnectionLost("closed before the greeting")
        found = lines.feed(data)
        for at, line in enumerate(found):
            if line.verb == b"VERSION" and line.number != MAJOR:
                raise BadLine("not version 1 of the authentication protocol")
            if line.verb == b"MECH" and line.words:
                link.mechanisms[line.words[0].upper()] = frozenset(line.words[1:])
            elif line.verb == b"COOKIE" and line.words:
                link.cookie = line.words[0].decode("ascii", "replace")
            elif line.verb == b"COOKIE":
                link.cookie = str(line.number)
            elif line.verb == b"DONE":
                return found[at + 1 :]


def _auth(number: int, mechanism: bytes, initial: bytes | None, about: About) -> bytes:
    """The AUTH line; `resp` has to be its last field."""
    words = [mechanism, b"final-resp-ok"]
    fields = [(b"service", about.service.encode())]
    for name, value in (("rip", about.address), ("lip", about.local), ("session", about.session)):
        if value:
            fields.append((name.encode(), value.encode("utf-8", "replace")))
    for name, port in (("rport", about.port), ("lport", about.local_port)):
        if port:
            fields.append((name.encode(), b"%d" % port))
    if about.secured:
        words.append(b"secured")
    if about.service == "smtp":
        # No session follows, and nobody will redeem a ticket.
        words.append(b"nologin")
    if about.certificate:
        words.append(b"valid-client-cert")
        fields.append((b"cert_username", about.certificate.encode("utf-8", "replace")))
    if about.binding is not None:
        fields += [(b"cbind-type", about.binding[0].encode()), (b"cbind-data", base64_out(about.binding[1]))]
    if initial is not None:
        fields.append((b"resp", base64_out(initial)))
    return build(b"AUTH", number, *words, fields=fields)
