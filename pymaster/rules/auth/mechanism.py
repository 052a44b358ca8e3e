"""mechanism - what all SASL mechanisms have in common on the server's side (RFC 4422).

A mechanism is a small machine without I/O: it is fed the client's words and says what is to happen next. Asking a back
end is such a step too (`Ask`); the answer comes by `told`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from pymaster.model.authtask import AuthAnswer

# A word of a client that is longer is refused; names and passwords have their own bounds (RFC 4616: 255 octets each).
MAX_WORD, MAX_NAME, MAX_PASSWORD = 16384, 255, 1024


@dataclass(slots=True)
class Facts:
    """What is known of the client when a mechanism begins. `binding` are the bytes of the TLS channel of type
    `binding_type`, `certificate` the user name in a verified client certificate, `host` our name for challenges."""

    service: str = ""
    address: str = ""
    secured: bool = False
    binding_type: str = ""
    binding: bytes = b""
    certificate: str = ""
    host: str = "localhost"


@dataclass(slots=True)
class Challenge:
    """Say this to the client and wait for its word."""

    data: bytes


@dataclass(slots=True)
class Ask:
    """Ask a back end (verbs of model.authtask) about `user`; `authzid` is whom the client wants to be, "" for the same."""

    verb: str
    user: str
    value: bytes = b""
    authzid: str = ""
    scheme: str = ""


@dataclass(slots=True)
class Passed:
    """The client proved who it is. `data` is the server's last word (None: none)."""

    data: bytes | None = None


@dataclass(slots=True)
class Refused:
    """It did not; `reason` is for the log. `counts` is False for what was no guess (cancelled, not understood)."""

    reason: str
    counts: bool = True


Step = Challenge | Ask | Passed | Refused


class Mechanism(Protocol):
    """One conversation. `facts` must hold for its whole life."""

    def start(self, initial: bytes | None) -> Step:
        """Begin; `initial` is the client's first word, None when it sent none."""

    def respond(self, data: bytes) -> Step:
        """The client's answer to a challenge."""

    def told(self, answer: AuthAnswer) -> Step:
        """The answer to the Ask that was returned last: an OK one, or any to a SECRET."""

    def refused(self, reason: str) -> Step:
        """The back end did not accept."""


@dataclass(slots=True)
class Base:
    """Common behaviour: no initial word is an empty challenge, an answer nobody expects is refused."""

    facts: Facts = field(default_factory=Facts)

    def start(self, initial: bytes | None) -> Step:
        """Begin."""
        return Challenge(b"") if initial is None else self.respond(initial)

    def respond(self, data: bytes) -> Step:
        """A word out of turn."""
        return Refused("protocol error", counts=False)

    def told(self, answer: AuthAnswer) -> Step:
        """The back end accepted."""
        return Passed()

    def refused(self, reason: str) -> Step:
        """The back end did not."""
        return Refused(reason)


def text_of(data: bytes, limit: int = MAX_NAME) -> str | None:
    """A name as text; None when it is empty, too long, no UTF-8, or has a control character in it."""
    if not data or len(data) > limit:
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None
