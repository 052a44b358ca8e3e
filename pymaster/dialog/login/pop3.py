"""pop3 - POP3 before login (RFC 1939 section 4): CAPA, USER and PASS, APOP, AUTH, STLS, UTF8, LANG, QUIT.

Bytes that came in clear behind STLS end the connection: they may be an attacker's (CVE-2021-33515). After TLS began,
everything said before is forgotten. QUIT deletes nothing here, and what comes behind a login belongs to the session.
APOP goes to the authenticator as Dovecot's mechanism of that name: stamp, NUL, user, NUL, the 16 bytes of the digest.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pymaster.dialog.login.handed import OK, About, LoggedIn, LoginIo, Verdict, World
from pymaster.dialog.login.shared import Sasl, fit, note_tls
from pymaster.dialog.login.stage import Stage
from pymaster.proto.pop3 import reply
from pymaster.proto.pop3.server import Command, Server, TooLong
from pymaster.util.errors import DeadlineExceeded

HANDSHAKE = 30.0
_APOP = re.compile(rb"(.+) +([0-9A-Fa-f]{32}) *")
# RFC 5530's words in POP3's: [AUTH] may make a client forget a password, so only what is about passwords is told so.
_CODES = {
    "AUTHENTICATIONFAILED": reply.AUTH, "AUTHORIZATIONFAILED": reply.AUTH, "EXPIRED": reply.AUTH,
    "PRIVACYREQUIRED": reply.AUTH, "CONTACTADMIN": reply.PERMANENT, "NOPERM": reply.PERMANENT, "INUSE": reply.IN_USE,
    "LIMIT": reply.IN_USE,
}  # fmt: skip
_NO_CLEAR = b"Plaintext authentication disallowed without TLS."


class Pop3Login(Stage):
    """One client until its user is known. LoggedIn.tag is `UTF8` when the client asked for it (RFC 6856)."""

    core: Server

    def __init__(self, world: World, io: LoginIo, about: About) -> None:
        super().__init__(world, io, about)
        about.stamp = world.stamp() if self.settings.apop else b""
        self.core = Server(long=True)
        self.user: bytes | None = None
        self.utf8 = False

    def run(self) -> LoggedIn | None:
        """The conversation; None when nobody logged in. Raises ConnectionLost."""
        stamp = b" " + self.about.stamp if self.about.stamp else b""
        self.write(reply.ok(b"%s ready.%s" % (self.settings.host.encode(), stamp)))
        try:
            while self.result is None and not self.over:
                item = self.core.next()
                if item is None:
                    self.fill()
                elif isinstance(item, TooLong):
                    self.wrong(b"Command line too long.")
                else:
                    self.execute(item)
                    self.pause()
            if self.result is None:
                self.flush()
        except DeadlineExceeded:
            self.farewell(reply.err(b"Disconnected: Inactivity."))
        return self.result

    def execute(self, command: Command) -> None:
        """One command."""
        run = _COMMANDS.get(command.verb)
        if run is None:
            self.wrong(b"Unknown command.")
        else:
            run(self, command)

    def wrong(self, text: bytes) -> None:
        """A command that is none; too many are the end."""
        self.bad += 1
        self.over = self.bad >= self.settings.bad_commands
        self.write(reply.err(b"Too many invalid commands." if self.over else text))

    # Who may say what.

    @property
    def may_login(self) -> bool:
        """Whether any login is allowed now."""
        return not self.tls_is_due

    def mechanisms(self) -> list[bytes]:
        """SASL mechanisms of this moment. APOP is a command, not one of them."""
        return [name for name in super().mechanisms() if name != b"APOP"]

    # Commands.

    def capa(self, command: Command) -> None:
        """CAPA (RFC 2449 section 5)."""
        words = list(reply.CAPABILITIES)
        if self.settings.tls and not self.io.secured:
            words.append(b"STLS")
        if self.may_login and self.secured:
            words.append(b"USER")
        mechanisms = self.mechanisms()
        if mechanisms:
            words.append(b"SASL " + b" ".join(mechanisms))
        self.write(reply.listing(b"Capability list follows", words))

    def user_name(self, command: Command) -> None:
        """USER; every name is welcome, so that nobody learns from it who is known here."""
        if not (self.may_login and self.secured):
            self.refuse(reply.err(_NO_CLEAR, reply.AUTH))
        elif not command.text:
            self.wrong(b"No user name.")
        else:
            self.user = command.text
            self.write(reply.ok(b"Send the password."))

    def password(self, command: Command) -> None:
        """PASS: the rest of the line, blanks too."""
        user, self.user = self.user, None
        if not (self.may_login and self.secured):
            self.refuse(reply.err(_NO_CLEAR, reply.AUTH))
        elif user is None:
            self.wrong(b"No user name given.")
        else:
            self.flush()
            self.decide("PLAIN", self.sasl().plain(user, command.text))

    def apop(self, command: Command) -> None:
        """APOP (RFC 1939 section 7)."""
        found = _APOP.fullmatch(command.text)
        if not self.about.stamp:
            self.wrong(b"Unknown command.")
        elif found is None or b"\0" in found[1]:
            self.wrong(b"APOP wants a name and a digest.")
        elif not self.may_login:
            self.refuse(reply.err(b"TLS is required.", reply.AUTH))
        else:
            self.flush()
            digest = bytes.fromhex(found[2].decode("ascii"))
            word = b"%s\0%s\0%s" % (self.about.stamp, found[1], digest)
            self.decide("APOP", self.sasl().once(b"APOP", word))

    def auth(self, command: Command) -> None:
        """AUTH (RFC 5034): alone it lists mechanisms."""
        words = command.words()
        if not words:
            self.write(reply.listing(b"Mechanisms follow", self.mechanisms()))
            return
        mechanism = words[0].upper()
        if len(words) > 2:
            self.wrong(b"AUTH wants a mechanism and at most one initial response.")
        elif mechanism not in self.mechanisms():
            self.refuse(reply.err(b"Unsupported authentication mechanism." if self.may_login else b"TLS is required."))
        else:
            verdict = self.sasl().converse(mechanism, words[1] if len(words) == 2 else None, self.challenge)
            if verdict is None:
                self.wrong(b"Authentication cancelled, or no base64.")
            else:
                self.flush()
                self.decide(mechanism.decode("ascii"), verdict)

    def challenge(self, text: bytes) -> bytes | None:
        """Send a base64 challenge, return the client's line; None for one that is too long."""
        self.write(b"+ %s\r\n" % text)
        while (line := self.core.line()) is None:
            self.fill()
        return None if isinstance(line, TooLong) else line

    def stls(self, command: Command) -> None:
        """STLS (RFC 2595 section 4)."""
        if self.io.secured or not self.settings.tls or command.text:
            text = b"TLS is already active." if self.io.secured else b"TLS is not available."
            self.wrong(b"STLS has no arguments." if command.text else text)
            return
        if self.core.take_rest():
            # Said in clear, to be done inside TLS: nobody honest does that.
            self.write(reply.err(b"Commands may not follow STLS in clear."))
            self.over = True
            return
        self.write(reply.ok(b"Begin TLS negotiation now."))
        self.flush()
        self.io.starttls(min(self.deadline, self.world.clock.monotonic() + HANDSHAKE))
        note_tls(self.io, self.about)
        self.core, self.user, self.utf8, self.bad = Server(long=True), None, False, 0

    def utf_8(self, command: Command) -> None:
        """UTF8 (RFC 6856 section 2)."""
        self.utf8 = True
        self.write(reply.ok(b"UTF8 enabled."))

    def lang(self, command: Command) -> None:
        """LANG (RFC 6856 section 3)."""
        self.write(reply.language(command.words()))

    def quit(self, command: Command) -> None:
        """QUIT."""
        self.write(reply.ok(b"Logging out."))
        self.over = True

    # Decisions.

    def sasl(self) -> Sasl:
        """A new authentication."""
        return Sasl(self.world.auth, self.about, self.io.binding)

    def decide(self, method: str, verdict: Verdict) -> None:
        """In or out."""
        if verdict.state == OK:
            tag = b"UTF8" if self.utf8 else b""
            self.result = LoggedIn(verdict.user, verdict.ticket, method, self.core.take_rest(), tag, "pop3")
            return
        code = _CODES.get(verdict.code, reply.TEMPORARY)
        self.refuse(reply.err(fit(verdict.text), code))

    def refuse(self, line: bytes) -> None:
        """A login that failed; too many are the end."""
        self.failures += 1
        self.over = self.failures >= self.settings.failures
        self.write(line)


_COMMANDS: dict[bytes, Callable[[Pop3Login, Command], None]] = {
    b"CAPA": Pop3Login.capa,
    b"USER": Pop3Login.user_name,
    b"PASS": Pop3Login.password,
    b"APOP": Pop3Login.apop,
    b"AUTH": Pop3Login.auth,
    b"STLS": Pop3Login.stls,
    b"UTF8": Pop3Login.utf_8,
    b"LANG": Pop3Login.lang,
    b"QUIT": Pop3Login.quit,
}
