"""plain - PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login): the password itself, so only where nobody listens."""

from __future__ import annotations

from dataclasses import dataclass

from pymaster.model.authtask import VERIFY
from pymaster.rules.auth.mechanism import MAX_PASSWORD, Ask, Base, Challenge, Refused, Step, text_of


@dataclass(slots=True)
class Plain(Base):
    """authzid NUL authcid NUL password."""

    def respond(self, data: bytes) -> Step:
        """The one word."""
        parts = data.split(b"\0")
        if len(parts) != 3:
            return Refused("invalid input", counts=False)
        user, authzid = text_of(parts[1]), text_of(parts[0]) if parts[0] else ""
        if user is None or authzid is None or not 0 < len(parts[2]) <= MAX_PASSWORD:
            return Refused("invalid input", counts=False)
        return Ask(VERIFY, user, parts[2], "" if authzid == user else authzid)


@dataclass(slots=True)
class Login(Base):
    """Two questions."""

    _user: str = ""

    def start(self, initial: bytes | None) -> Step:
        """Ask for the name, unless the client already said it."""
        return Challenge(b"Username:") if initial is None else self.respond(initial)

    def respond(self, data: bytes) -> Step:
        """The name, then the password."""
        if not self._user:
            user = text_of(data)
            if user is None:
                return Refused("invalid input", counts=False)
            self._user = user
            return Challenge(b"Password:")
        if not 0 < len(data) <= MAX_PASSWORD or b"\0" in data:
            return Refused("invalid input", counts=False)
        return Ask(VERIFY, self._user, data)
