"""shared - what the login stages of POP3 and IMAP have in common: a SASL exchange in base64, and words for the client.

RFC 4422, with RFC 5034 (POP3) and RFC 3501 / 4959 (IMAP). A server's last word goes out as one more challenge, to which
the client answers with an empty line: neither protocol has room for it in its success.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable

from pymaster.dialog.login.handed import CONTINUE, FAIL, OK, About, Authenticator, Exchange, LoginIo, Verdict

# The longest word of a client after decoding (8 KB of base64), and of a text for it.
MAX_WORD, MAX_TEXT = 6144, 200
_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_CODE = re.compile(r"[A-Z][A-Z/-]{0,39}")
_UNFIT = re.compile(rb"[^\x20-\x5a\x5c\x5e-\x7e]")


def note_tls(io: LoginIo, about: About) -> None:
    """After a handshake: the authenticator is told that the channel is a safe one."""
    if io.secured:
        about.tls = about.secured = True
        about.certificate = io.certified()


def offered(auth: Authenticator, io: LoginIo, *, secured: bool) -> list[bytes]:
    """The mechanisms to tell a client of: those with channel binding (-PLUS) only where there is a channel to bind to, for
    some clients take them whenever they are named."""
    names = auth.mechanisms(secured=secured, certificate=True) if io.certified() else auth.mechanisms(secured=secured)
    if io.binding() is not None:
        return names
    return [name for name in names if not name.endswith(b"-PLUS")]


def decode(text: bytes) -> bytes | None:
    """Base64 by the letter (no blanks, right padding); None for anything else, or when it is too long."""
    if len(text) > MAX_WORD // 3 * 4 or not _BASE64.fullmatch(text):
        return None
    return binascii.a2b_base64(text)


def fit(text: str) -> bytes:
    """A text that may stand in a response: one line of ASCII, without brackets, which would look like a response code."""
    return _UNFIT.sub(b"?", text.encode("ascii", "replace"))[:MAX_TEXT]


def answer_fits(verdict: Verdict) -> bytes:
    """The rest of IMAP's NO: `[CODE] text`."""
    if _CODE.fullmatch(verdict.code):
        return b"[%s] %s" % (verdict.code.encode(), fit(verdict.text))
    return fit(verdict.text)


class Sasl:
    """Authentications of one connection. `binding` is LoginIo's, asked when one begins."""

    def __init__(self, auth: Authenticator, about: About, binding: Callable[[], tuple[str, bytes] | None]) -> None:
        self.auth, self.about, self.binding = auth, about, binding

    def start(self, mechanism: bytes, initial: bytes | None) -> tuple[Exchange, Verdict]:
        """Begin one; `initial` is not base64."""
        self.about.binding = self.binding()
        return self.auth.start(mechanism, initial, self.about)

    def once(self, mechanism: bytes, word: bytes) -> Verdict:
        """A mechanism that is decided by the client's first word."""
        exchange, verdict = self.start(mechanism, word)
        if verdict.state == CONTINUE:
            exchange.abort()
            return Verdict(FAIL)
        return verdict

    def plain(self, user: bytes, password: bytes) -> Verdict:
        """User name and password, as LOGIN or USER and PASS give them."""
        if not user or b"\0" in user or b"\0" in password:
            return Verdict(FAIL)
        return self.once(b"PLAIN", b"\0%s\0%s" % (user, password))

    def converse(
        self, mechanism: bytes, initial: bytes | None, challenge: Callable[[bytes], bytes | None]
    ) -> Verdict | None:
        """A whole exchange; None when the client cancelled (`*`) or sent no base64.

        `initial` is base64 as it came, `=` for an empty one, None for none. `challenge(text)` sends base64 to the client and
        returns its line, None for one that is too long; what it raises ends the exchange.
        """
        first = None if initial is None else b"" if initial == b"=" else decode(initial)
        if initial is not None and first is None:
            return None
        exchange, verdict = self.start(mechanism, first)
        done = False
        try:
            while verdict.state == CONTINUE:
                word = self._word(challenge, verdict.data)
                if word is None:
                    return None
                verdict = exchange.respond(word)
            done = True
        finally:
            if not done:
                exchange.abort()
        # The client's answer to the last word says nothing but that it was heard.
        if verdict.state == OK and verdict.data and self._word(challenge, verdict.data) is None:
            return None
        return verdict

    @staticmethod
    def _word(challenge: Callable[[bytes], bytes | None], data: bytes) -> bytes | None:
        line = challenge(binascii.b2a_base64(data, newline=False))
        return None if line is None or line == b"*" else decode(line)
