"""bearer - XOAUTH2 (Google's) and OAUTHBEARER (RFC 7628): a token in the place of a password; and EXTERNAL (RFC 4422).

A token that is not accepted is answered with a piece of JSON; the client says one more word, and only then it is over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pymaster.model.authtask import EXISTS, TOKEN
from pymaster.rules.auth.mechanism import Ask, Base, Challenge, Refused, Step, text_of

_BEARER = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/=-]{1,16384})")
_GS2 = re.compile(rb"[nyN],(?:a=([^,]{1,765}))?,")
# RFC 7628 section 3.2.2; XOAUTH2's clients look for status 400.
_WRONG = b'{"status":"%s","schemes":"bearer","scope":"mail"}'


@dataclass(slots=True)
class XOauth2(Base):
    """user=NAME ^A auth=Bearer TOKEN ^A ^A."""

    status: bytes = b"400"
    _reason: str = ""

    def respond(self, data: bytes) -> Step:
        """The token, or the word behind our refusal."""
        if self._reason:
            return Refused(self._reason)
        asked = self.parse(data)
        return asked if asked is not None else Refused("invalid input", counts=False)

    def parse(self, data: bytes) -> Ask | None:
        """User and token."""
        parts = _pairs(data)
        user = text_of(parts.get(b"user", b""))
        return _token(parts, user) if user is not None else None

    def refused(self, reason: str) -> Step:
        """Say so in JSON, and wait for the client's last word."""
        self._reason = reason
        return Challenge(_WRONG % self.status)


@dataclass(slots=True)
class OauthBearer(XOauth2):
    """gs2-header ^A auth=Bearer TOKEN ^A ... ^A; without a name the token's own user."""

    status: bytes = b"invalid_token"

    def parse(self, data: bytes) -> Ask | None:
        """User and token."""
        header = _GS2.match(data)
        if header is None or data[header.end() : header.end() + 1] != b"\1":
            return None
        name = (header[1] or b"").replace(b"=2C", b",").replace(b"=3D", b"=")
        user = text_of(name) if name else ""
        return _token(_pairs(data[header.end() + 1 :]), user) if user is not None else None


def _pairs(data: bytes) -> dict[bytes, bytes]:
    found = {}
    for word in data.split(b"\1")[:20]:
        name, equals, value = word.partition(b"=")
        if equals:
            found[name] = value
    return found


def _token(parts: dict[bytes, bytes], user: str) -> Ask | None:
    bearer = _BEARER.fullmatch(parts.get(b"auth", b""))
    return Ask(TOKEN, user, bearer[1]) if bearer else None


@dataclass(slots=True)
class External(Base):
    """Who the client is was proved by its certificate; its word is whom it wants to be, or nothing."""

    def respond(self, data: bytes) -> Step:
        """The one word."""
        user, authzid = self.facts.certificate, text_of(data) if data else ""
        if not user or authzid is None:
            return Refused("no client certificate" if not user else "invalid input", counts=False)
        return Ask(EXISTS, user, authzid="" if authzid == user else authzid)
