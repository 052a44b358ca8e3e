"""Fakes for POP3 before login: an authenticator with one user, a stream that follows a script."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pymaster.dialog.login.handed import CONTINUE, FAIL, OK, About, Ticket, Verdict
from pymaster.util.clock import ManualClock
from pymaster.util.errors import ConnectionLost, DeadlineExceeded, Woken

STAMP = b"<1896.697170952@dbc.mtview.ca.us>"
USER, PASSWORD = b"mrose", b"tanstaaf"
DIGEST = hashlib.md5(STAMP + PASSWORD).digest()


class Exchange:
    """STEPS: a question, an answer, and a last word of the server."""

    def __init__(self) -> None:
        self.aborted = 0
        self.words: list[bytes] = []

    def respond(self, data: bytes) -> Verdict:
        self.words.append(data)
        if len(self.words) == 1:
            return Verdict(CONTINUE, b"and?")
        good = self.words == [b"one", b"two"]
        return Verdict(OK, b"well done", "mrose", Ticket(1, 2, "c")) if good else Verdict(FAIL)

    def abort(self) -> None:
        self.aborted += 1


class Auth:
    """Knows mrose; `verdict` overrides what it says of passwords."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.started: list[tuple[bytes, bytes | None]] = []
        self.abouts: list[About] = []
        self.verdict: Verdict | None = None

    def mechanisms(self, *, secured: bool) -> list[bytes]:
        return [b"PLAIN", b"STEPS", b"APOP"] if secured else [b"STEPS"]

    def start(self, mechanism: bytes, initial: bytes | None, about: About) -> tuple[Exchange, Verdict]:
        exchange = Exchange()
        self.exchanges.append(exchange)
        self.started.append((mechanism, initial))
        self.abouts.append(about)
        if mechanism == b"STEPS":
            return exchange, Verdict(CONTINUE, b"") if initial is None else exchange.respond(initial)
        if mechanism == b"PLAIN" and initial is None:
            return exchange, Verdict(CONTINUE, b"")
        wanted = {b"PLAIN": b"\0%s\0%s" % (USER, PASSWORD), b"APOP": b"%s\0%s\0%s" % (STAMP, USER, DIGEST)}
        if self.verdict is not None:
            return exchange, self.verdict
        good = initial == wanted[mechanism]
        return exchange, Verdict(OK, user="mrose", ticket=Ticket(1, 2, "c")) if good else Verdict(FAIL)


class Io:
    """A client that says `pieces`; `hang` keeps silent afterwards instead of going away."""

    def __init__(self, pieces: Iterable[bytes], clock: ManualClock | None = None, *, hang: bool = False) -> None:
        self.pieces, self.clock, self.hang = [piece for piece in pieces if piece], clock or ManualClock(), hang
        self.sent: list[bytes] = []
        self.secured = False
        self.handshake: Exception | None = None
        self.deadlines: list[float] = []
        self.woken = False

    def recv(self, deadline: float) -> bytes:
        self.deadlines.append(deadline)
        if self.woken:
            self.woken = False
            raise Woken
        if self.pieces:
            return self.pieces.pop(0)
        if self.hang:
            self.clock.advance(max(deadline - self.clock.monotonic(), 0) + 0.001)
            raise DeadlineExceeded
        return b""

    def send(self, data: bytes, deadline: float) -> None:
        assert data
        assert deadline > self.clock.monotonic()
        self.sent.append(bytes(data))

    def starttls(self, deadline: float) -> None:
        if self.handshake is not None:
            raise self.handshake
        self.secured = True
        self.sent.append(b"<TLS>\r\n")

    def certified(self) -> str:
        """No certificate."""
        return ""

    def binding(self) -> tuple[str, bytes] | None:
        return ("tls-exporter", b"bound") if self.secured else None

    @property
    def output(self) -> bytes:
        return b"".join(self.sent)


__all__ = ["DIGEST", "PASSWORD", "STAMP", "USER", "Auth", "ConnectionLost", "DeadlineExceeded", "Io"]
