"""digest - CRAM-MD5 (RFC 2195) and APOP (RFC 1939): old challenge mechanisms, for users whose secret is stored in clear."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass

from pymaster.model.authtask import OK, SECRET, AuthAnswer
from pymaster.rules.auth.mechanism import Ask, Base, Challenge, Passed, Refused, Step, text_of

_HEX = re.compile(rb"[0-9a-fA-F]{32}")


@dataclass(slots=True)
class CramMd5(Base):
    """The server's challenge, the client's `user digest`."""

    _challenge: bytes = b""
    _digest: bytes = b""

    def start(self, initial: bytes | None) -> Step:
        """The challenge; a client has nothing to say before it."""
        if initial:
            return Refused("initial response where none belongs", counts=False)
        host = self.facts.host.encode("ascii", "replace")
        self._challenge = b"<%s.%d@%s>" % (secrets.token_hex(12).encode(), time.time(), host)
        return Challenge(self._challenge)

    def respond(self, data: bytes) -> Step:
        """The answer."""
        name, _, digest = data.rpartition(b" ")
        user = text_of(name)
        if user is None or not _HEX.fullmatch(digest) or not self._challenge:
            return Refused("invalid input", counts=False)
        self._digest = digest.lower()
        return Ask(SECRET, user, scheme="PLAIN")

    def told(self, answer: AuthAnswer) -> Step:
        """Compare; without a secret the comparison is made all the same."""
        secret = answer.secret if answer.state == OK else secrets.token_bytes(16)
        made = hmac.new(secret, self._challenge, "md5").hexdigest().encode()
        if not hmac.compare_digest(made, self._digest) or answer.state != OK:
            return Refused("password mismatch" if answer.state == OK else answer.reason or "unknown user")
        return Passed()


@dataclass(slots=True)
class Apop(Base):
    """`stamp NUL user NUL digest` from the login stage, which said the stamp in its greeting; digest as bytes or in hex."""

    _stamp: bytes = b""
    _digest: bytes = b""

    def respond(self, data: bytes) -> Step:
        """The one word."""
        parts = data.split(b"\0", 2)
        if len(parts) != 3 or not parts[0]:
            return Refused("invalid input", counts=False)
        user, digest = text_of(parts[1]), parts[2]
        if len(digest) == 16:
            digest = digest.hex().encode()
        if user is None or not _HEX.fullmatch(digest):
            return Refused("invalid input", counts=False)
        self._stamp, self._digest = parts[0], digest.lower()
        return Ask(SECRET, user, scheme="PLAIN")

    def told(self, answer: AuthAnswer) -> Step:
        """Compare."""
        secret = answer.secret if answer.state == OK else secrets.token_bytes(16)
        made = hashlib.md5(self._stamp + secret, usedforsecurity=False).hexdigest().encode()
        if not hmac.compare_digest(made, self._digest) or answer.state != OK:
            return Refused("password mismatch" if answer.state == OK else answer.reason or "unknown user")
        return Passed()
