"""scram - SCRAM-SHA-1 and SCRAM-SHA-256 with and without channel binding, the server's side (RFC 5802, 7677, 9266).

A user who does not exist, or whose secret is stored in another form, gets a salt all the same and fails at the proof: the
first half of the conversation tells nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from pymaster.model.authtask import OK, SECRET, AuthAnswer
from pymaster.rules.auth.mechanism import Ask, Base, Challenge, Facts, Passed, Refused, Step, text_of

_GS2 = re.compile(rb"(p=([A-Za-z0-9.-]{1,40})|n|y),(?:a=([^,]{1,255}))?,")
_FIRST = re.compile(rb"n=([^,]{1,1000}),r=([\x21-\x2b\x2d-\x7e]{1,256})(?:,[A-Za-z]=[^,]*)*")
_FINAL = re.compile(
    rb"(c=([A-Za-z0-9+/=]*),r=([\x21-\x2b\x2d-\x7e]{1,512})(?:,[A-Za-z]=[^,]*)*),p=([A-Za-z0-9+/=]{1,200})"
)
# What a new secret costs; also what an unknown user seems to cost.
ITERATIONS = 4096


@dataclass(slots=True)
class Scram(Base):
    """One conversation. `plus`: the client has to bind to the TLS channel."""

    digest: str = "sha256"
    plus: bool = False
    nonce: bytes = field(default_factory=lambda: secrets.token_urlsafe(18).encode())
    _header: bytes = b""
    _bare: bytes = b""
    _first: bytes = b""
    _keys: tuple[bytes, bytes] = (b"", b"")
    _known: bool = False

    def respond(self, data: bytes) -> Step:
        """client-first-message, then client-final-message."""
        return self._final(data) if self._first else self._begin(data)

    def _begin(self, data: bytes) -> Step:
        header = _GS2.match(data)
        if header is None or self._bare:
            return Refused("bad client-first-message", counts=False)
        if header[2] is not None:
            if not self.plus:
                return Refused("channel binding where none is offered", counts=False)
            if not self.facts.binding or header[2].decode() != self.facts.binding_type:
                return Refused("unsupported channel binding", counts=False)
        elif self.plus:
            return Refused("no channel binding", counts=False)
        elif header[1] == b"y" and self.facts.binding:
            # We offered it, and somebody between us took that away.
            return Refused("channel binding was stripped", counts=True)
        bare = _FIRST.fullmatch(data, header.end())
        user = _name(bare[1]) if bare else None
        authzid = _name(header[3]) if header[3] else ""
        if bare is None or user is None or authzid is None:
            return Refused("bad client-first-message", counts=False)
        self._header, self._bare = header[0], bare[0]
        self.nonce = bare[2] + self.nonce
        name = f"SCRAM-SHA-{'1' if self.digest == 'sha1' else '256'}"
        return Ask(SECRET, user, authzid="" if authzid == user else authzid, scheme=name)

    def told(self, answer: AuthAnswer) -> Step:
        """The keys, real ones or a pretence."""
        self._known = answer.state == OK
        try:
            iterations, salt, stored, server = answer.secret.split(b",")
            self._keys = base64.b64decode(stored, validate=True), base64.b64decode(server, validate=True)
        except (ValueError, binascii.Error):
            return Refused("stored secret makes no sense", counts=False)
        self._first = b"r=%s,s=%s,i=%s" % (self.nonce, salt, iterations)
        return Challenge(self._first)

    def _final(self, data: bytes) -> Step:
        found = _FINAL.fullmatch(data)
        if found is None:
            return Refused("bad client-final-message", counts=False)
        try:
            binding, proof = base64.b64decode(found[2], validate=True), base64.b64decode(found[4], validate=True)
        except (ValueError, binascii.Error):
            return Refused("bad client-final-message", counts=False)
        expected = self._header + (self.facts.binding if self.plus else b"")
        message = b",".join([self._bare, self._first, found[1]])
        stored, server = self._keys
        signature = hmac.digest(stored, message, self.digest)
        if len(proof) != len(signature):
            return Refused("bad client-final-message", counts=False)
        client = bytes([one ^ other for one, other in zip(proof, signature, strict=True)])
        right = hmac.compare_digest(hashlib.new(self.digest, client).digest(), stored)
        same = hmac.compare_digest(binding, expected) and hmac.compare_digest(found[3], self.nonce)
        if not (right and self._known):
            return Refused("password mismatch" if self._known else "unknown user, or no secret of this form")
        if not same:
            return Refused("channel binding mismatch")
        return Passed(b"v=" + base64.b64encode(hmac.digest(server, message, self.digest)))


def maker(digest: str, *, plus: bool) -> Callable[[Facts], Scram]:
    """Makes conversations of one mechanism."""
    return lambda facts: Scram(facts, digest, plus)


def pretence(salt: bytes, digest_size: int = 32) -> bytes:
    """What stands for the secret of a user who has none."""
    parts = [
        base64.b64encode(part) for part in (salt, secrets.token_bytes(digest_size), secrets.token_bytes(digest_size))
    ]
    return b",".join([b"%d" % ITERATIONS, *parts])


def _name(data: bytes) -> str | None:
    """A saslname (RFC 5802 section 5.1): `=2C` is a comma, `=3D` an equals sign, no other `=` is allowed."""
    if b"=" in data.replace(b"=2C", b"").replace(b"=3D", b""):
        return None
    return text_of(data.replace(b"=2C", b",").replace(b"=3D", b"="))
