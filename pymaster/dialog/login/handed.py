"""handed - what the login stage is handed: a byte stream that can begin TLS, and somebody who checks passwords.

The stage runs without any right to mail. What it gets from the authenticator is a ticket, which the mail system's own
root-held spawner redeems there: a login stage that was taken over cannot name a user who did not log in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pymaster.model.login import CONTINUE, FAIL, OK, About, Ticket, Verdict
from pymaster.util.clock import SYSTEM, Clock

__all__ = [
    "CONTINUE",
    "FAIL",
    "OK",
    "About",
    "Authenticator",
    "Exchange",
    "LoggedIn",
    "LoginIo",
    "Settings",
    "Ticket",
    "Verdict",
    "World",
]


class Exchange(Protocol):
    """One authentication that has begun."""

    def respond(self, data: bytes) -> Verdict:
        """The client's answer to a challenge (not base64)."""

    def abort(self) -> None:
        """The client gave up."""


class Authenticator(Protocol):
    """Who checks passwords (`runtime.authclient`). Never raises: an authenticator that is away is a FAIL, UNAVAILABLE."""

    def mechanisms(self, *, secured: bool, certificate: bool = False) -> list[bytes]:
        """SASL mechanisms to offer, in upper case; plaintext ones only when `secured`."""

    def start(self, mechanism: bytes, initial: bytes | None, about: About) -> tuple[Exchange, Verdict]:
        """Begin an authentication; `initial` is the client's first word (not base64; b"" for an empty one), None for none."""


class LoginIo(Protocol):
    """The client's connection."""

    secured: bool

    def recv(self, deadline: float) -> bytes:
        """The next bytes, b"" at the end. Raises DeadlineExceeded, ConnectionLost."""

    def send(self, data: bytes, deadline: float) -> None:
        """Send all. Raises DeadlineExceeded, ConnectionLost."""

    def starttls(self, deadline: float) -> None:
        """Shake hands; from now on everything is inside TLS. Raises ConnectionLost, DeadlineExceeded."""

    def binding(self) -> tuple[str, bytes] | None:
        """(`tls-exporter`, data) of the TLS channel, None without TLS (RFC 9266)."""

    def certified(self) -> str:
        """The user's name in the client's verified certificate, "" for none (SASL EXTERNAL)."""


@dataclass(slots=True)
class Settings:
    """Times are seconds. `tls`: STARTTLS is offered; `tls_required`: nothing is accepted before it; `plaintext`: passwords
    are accepted without TLS (always from this machine itself). `bad_commands` until the connection is ended.
    """

    host: str = "localhost"
    tls: bool = False
    tls_required: bool = False
    plaintext: bool = False
    timeout: float = 180.0
    bad_commands: int = 3
    failures: int = 10
    apop: bool = False


@dataclass(slots=True)
class LoggedIn:
    """How a login ended well: `rest` is what the client sent behind it, `tag` the IMAP tag that waits for its OK."""

    user: str
    ticket: Ticket
    method: str
    rest: bytes = b""
    tag: bytes = b""
    # A last word of the mechanism that goes before the OK (RFC 4959 has none: POP3 and IMAP send it as a challenge).
    service: str = ""


@dataclass(slots=True)
class World:
    """One process's share of everything. `about` is filled in per connection; `sleep(0)` lets others go on."""

    settings: Settings
    auth: Authenticator
    clock: Clock = SYSTEM
    stamp: Callable[[], bytes] = lambda: b""
    sleep: Callable[[float], None] = lambda seconds: None
