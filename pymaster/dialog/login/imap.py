"""imap - IMAP before login (RFC 3501 section 6.2): CAPABILITY, NOOP, LOGOUT, ID, STARTTLS, LOGIN, AUTHENTICATE.

The parser's limits are the small ones, the command table holds these and no more. Bytes that came in clear behind STARTTLS
end the connection: they may be an attacker's (CVE-2021-33515). After TLS began, everything said before is forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pymaster.dialog.login.handed import OK, About, LoggedIn, LoginIo, Verdict, World
from pymaster.dialog.login.shared import Sasl, answer_fits, note_tls
from pymaster.dialog.login.stage import Stage
from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.server import BEFORE_LOGIN, Command, Fault, Server
from pymaster.util import log
from pymaster.util.errors import DeadlineExceeded
from pymaster.util.text import printable

# What is told before login: short, and nothing about who we are (access.md 1.11).
CAPABILITIES = (b"IMAP4rev1", b"IMAP4rev2", b"SASL-IR", b"LITERAL+", b"ID", b"ENABLE", b"IDLE")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
# Seconds for a TLS handshake.
HANDSHAKE = 30.0
ID_PAIRS, ID_NAME, ID_VALUE = 30, 30, 1024


class ImapLogin(Stage):
    """One client until its user is known."""

    core: Server

    def __init__(self, world: World, io: LoginIo, about: About) -> None:
        super().__init__(world, io, about)
        self.core = Server(BEFORE_LOGIN)

    def run(self) -> LoggedIn | None:
        """The conversation; None when nobody logged in. Raises ConnectionLost."""
        self.write(b"* OK [CAPABILITY %s] %s ready.\r\n" % (self.capabilities(), self.settings.host.encode()))
        try:
            while self.result is None and not self.over:
                item = self.core.next()
                if item is None:
                    self.fill()
                elif isinstance(item, Fault):
                    self.write(b"%s %s %s\r\n" % (item.tag, item.word, item.text))
                    self.over = self.over or item.fatal
                    self.count_bad()
                else:
                    self.execute(item)
                    self.pause()
            if self.result is None:
                self.flush()
        except DeadlineExceeded:
            self.farewell(b"* BYE Disconnected: Inactivity.\r\n")
        return self.result

    def flush(self) -> None:
        """Send the output, and what the line protocol asks for."""
        self.out += self.core.out
        self.core.out.clear()
        super().flush()

    def count_bad(self) -> None:
        """One more error of syntax."""
        self.bad += 1
        if self.bad >= self.settings.bad_commands and not self.over:
            self.write(b"* BYE Too many invalid commands.\r\n")
            self.over = True

    def execute(self, command: Command) -> None:
        """One command."""
        run = _COMMANDS.get(command.name)
        try:
            if run is None:
                raise BadSyntax("Please login first." if command.name.isalpha() else "Unknown command.")
            run(self, command)
        except BadSyntax as exc:
            self.write(b"%s BAD %s\r\n" % (command.tag, str(exc).encode("ascii", "replace")))
            self.count_bad()

    # Commands.

    def capabilities(self) -> bytes:
        """The short list."""
        words = list(CAPABILITIES)
        if self.settings.tls and not self.io.secured:
            words.append(b"STARTTLS")
        words += [b"AUTH=" + name for name in self.mechanisms()]
        if not self.may_login:
            words.append(b"LOGINDISABLED")
        return b" ".join(words)

    @property
    def may_login(self) -> bool:
        """Whether LOGIN is allowed now."""
        return self.secured and not self.tls_is_due

    def capability(self, command: Command) -> None:
        """CAPABILITY."""
        command.args.end()
        self.write(b"* CAPABILITY %s\r\n%s OK Capability completed.\r\n" % (self.capabilities(), command.tag))

    def noop(self, command: Command) -> None:
        """NOOP."""
        command.args.end()
        self.write(b"%s OK NOOP completed.\r\n" % command.tag)

    def logout(self, command: Command) -> None:
        """LOGOUT."""
        command.args.end()
        self.write(b"* BYE Logging out\r\n%s OK Logout completed.\r\n" % command.tag)
        self.over = True

    def ident(self, command: Command) -> None:
        """ID: no version before login."""
        command.args.sp()
        told = _id_list(command.args)
        command.args.end()
        if told:
            log.info(f"imap-login: ID sent: {told}, rip={self.about.address}, session=<{self.about.session}>")
        self.write(b"* ID NIL\r\n%s OK ID completed.\r\n" % command.tag)

    def starttls(self, command: Command) -> None:
        """STARTTLS (RFC 3501 section 6.2.1)."""
        command.args.end()
        if self.io.secured or not self.settings.tls:
            text = b"TLS is already active." if self.io.secured else b"TLS is not available."
            self.write(b"%s BAD %s\r\n" % (command.tag, text))
            self.count_bad()
            return
        if self.core.take_rest():
            # Said in clear, to be done inside TLS: nobody honest does that.
            self.write(b"* BYE Commands may not follow STARTTLS in clear.\r\n")
            self.over = True
            return
        self.write(b"%s OK Begin TLS negotiation now.\r\n" % command.tag)
        self.flush()
        self.io.starttls(min(self.deadline, self.world.clock.monotonic() + HANDSHAKE))
        note_tls(self.io, self.about)
        self.core = Server(BEFORE_LOGIN)
        self.bad = 0

    def login(self, command: Command) -> None:
        """LOGIN (RFC 3501 section 6.2.3)."""
        args = command.args
        args.sp()
        user = args.astring()
        args.sp()
        password = args.astring()
        args.end()
        if not self.may_login:
            self.refuse(command.tag, b"[PRIVACYREQUIRED] Plaintext authentication disallowed without TLS.")
            return
        self.flush()
        sasl = Sasl(self.world.auth, self.about, self.io.binding)
        self.decide(command.tag, "LOGIN", sasl.plain(user, password))

    def authenticate(self, command: Command) -> None:
        """AUTHENTICATE, with an initial response or without (RFC 3501 section 6.2.2, RFC 4959)."""
        args = command.args
        args.sp()
        mechanism = args.word()
        initial: bytes | None = None
        if not args.at_end:
            args.sp()
            initial = args.rest
            if initial != b"=" and not _BASE64.fullmatch(initial):
                raise BadSyntax("Invalid base64 in the initial response")
        if mechanism not in self.mechanisms():
            text = b"Unsupported authentication mechanism." if self.may_login else b"[PRIVACYREQUIRED] TLS is required."
            self.refuse(command.tag, text)
            return
        sasl = Sasl(self.world.auth, self.about, self.io.binding)
        verdict = sasl.converse(mechanism, initial, self.challenge)
        if verdict is None:
            self.write(b"%s BAD Authentication cancelled.\r\n" % command.tag)
            self.count_bad()
            return
        self.decide(command.tag, mechanism.decode(), verdict)

    def challenge(self, text: bytes) -> bytes | None:
        """Send a base64 challenge, return the client's line; None for one that is too long."""
        self.write(b"+ %s\r\n" % text)
        while True:
            line = self.core.line()
            if line is None:
                self.fill()
            elif isinstance(line, Fault):
                return None
            else:
                return line

    def decide(self, tag: bytes, method: str, verdict: Verdict) -> None:
        """In or out."""
        if verdict.state == OK:
            self.result = LoggedIn(verdict.user, verdict.ticket, method, self.core.take_rest(), tag, "imap")
            return
        self.refuse(tag, answer_fits(verdict))

    def refuse(self, tag: bytes, text: bytes) -> None:
        """A login that failed."""
        self.write(b"%s NO %s\r\n" % (tag, text))
        self.failures += 1
        if self.failures >= self.settings.failures:
            self.write(b"* BYE Too many failed logins.\r\n")
            self.over = True


def _id_list(args: Cursor) -> str:
    if args.take(b"NIL"):
        return ""
    flat = args.items(args.nstring)
    if len(flat) % 2 or len(flat) > 2 * ID_PAIRS:
        raise BadSyntax("ID wants up to 30 pairs of strings")
    if any(len(item or b"") > (ID_VALUE if n % 2 else ID_NAME) for n, item in enumerate(flat)):
        raise BadSyntax("ID name or value too long")
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return ", ".join([f"{printable(name or b'')}={printable(value or b'NIL')}" for name, value in pairs])


_COMMANDS: dict[bytes, Callable[[ImapLogin, Command], None]] = {
    b"CAPABILITY": ImapLogin.capability,
    b"NOOP": ImapLogin.noop,
    b"LOGOUT": ImapLogin.logout,
    b"ID": ImapLogin.ident,
    b"STARTTLS": ImapLogin.starttls,
    b"LOGIN": ImapLogin.login,
    b"AUTHENTICATE": ImapLogin.authenticate,
}
