"""session - one connection to an SMTP or LMTP server: greeting, EHLO, and reading replies in order.

Texts of failures are Postfix's, for administrators search for them and tools count them.
"""

from collections import deque

from pymaster.deliver.smtp.peer import Peer, SessionFailed, Wire, refused
from pymaster.deliver.smtp.settings import Settings
from pymaster.model.status import bounced, deferred
from pymaster.proto.smtp import offers
from pymaster.proto.smtp.response import Response, ResponseError, ResponseReader
from pymaster.util.errors import ConnectionLost, DeadlineExceeded

STRICT_TLS = frozenset({"encrypt", "dane", "dane-only", "fingerprint", "verify", "secure"})


class Session:
    """An open session. `uses` counts the messages it has carried."""

    __slots__ = ("_reader", "_replies", "born", "esmtp", "offers", "peer", "settings", "uses", "wire")

    def __init__(self, wire: Wire, peer: Peer, settings: Settings, born: float) -> None:
        self.wire, self.peer, self.settings, self.born = wire, peer, settings, born
        self.offers = offers.Offers()
        self.esmtp = False
        self.uses = 0
        self._reader = ResponseReader()
        self._replies: deque[Response] = deque()

    def send(self, data: bytes, timeout: float, while_: str) -> None:
        """Send bytes; raises SessionFailed told with what was going on."""
        try:
            self.wire.send(data, timeout)
        except (ConnectionLost, DeadlineExceeded) as exc:
            raise self.broken(exc, while_) from exc

    def reply(self, timeout: float, while_: str) -> Response:
        """The next reply; raises SessionFailed. A 421 is a reply like any other here."""
        while not self._replies:
            try:
                self._replies.extend(self._reader.feed(self.wire.receive(timeout)))
            except (ConnectionLost, DeadlineExceeded) as exc:
                raise self.broken(exc, while_) from exc
            except ResponseError as exc:
                text = f"protocol error with {self.peer.named} while {while_}: {exc}"
                raise SessionFailed(deferred(text, "4.5.0", self.peer.relay)) from exc
        return self._replies.popleft()

    def broken(self, exc: Exception, while_: str) -> SessionFailed:
        """What to say of a lost connection or a time-out."""
        if isinstance(exc, DeadlineExceeded):
            text = f"conversation with {self.peer.named} timed out while {while_}"
        else:
            text = f"lost connection with {self.peer.named} while {while_}"
        return SessionFailed(deferred(text, "4.4.2", self.peer.relay))

    @property
    def clean(self) -> bool:
        """Whether no reply is outstanding or unread, so that another message may follow."""
        return not self._replies and not self._reader.pending

    def greet(self) -> None:
        """Read the greeting and say EHLO, LHLO or HELO; raises SessionFailed with `handshake` set."""
        try:
            greeting = self.reply(self.settings.hello_timeout, "receiving the initial server greeting")
            self._judge_greeting(greeting)
            self._hello(greeting)
        except SessionFailed as exc:
            exc.handshake = True
            raise
        if self.settings.tls_level in STRICT_TLS:
            # TLS is required and this client does not speak it yet: the mail waits rather than travel in clear.
            text = f"TLS is required, but was not offered by host {self.peer.named}"
            raise SessionFailed(deferred(text, "4.7.4", self.peer.relay), handshake=True)

    def _judge_greeting(self, greeting: Response) -> None:
        if greeting.code == 220:
            return
        status = refused(self.peer, greeting, "", "refused to talk to me")
        if greeting.permanent and self.settings.skip_5xx_greeting:
            status.outcome, status.dsn = 2, "4" + status.dsn[1:]
        raise SessionFailed(status)

    def _hello(self, greeting: Response) -> None:
        settings = self.settings
        verb = b"LHLO" if settings.lmtp else b"EHLO"
        shake = f"performing the {verb.decode()} handshake"
        if settings.always_ehlo or any(b"ESMTP" in line for line in greeting.lines):
            self.send(verb + b" " + settings.hello + b"\r\n", settings.hello_timeout, shake)
            answer = self.reply(settings.hello_timeout, shake)
            if answer.ok:
                self.esmtp = True
                self.offers = offers.parse(answer, settings.discard_words)
                self._check_loop(self.offers.name)
                return
            if settings.lmtp or not answer.permanent:
                raise SessionFailed(refused(self.peer, answer, f"{verb.decode()} command", "refused to talk to me"))
        shake = "performing the HELO handshake"
        self.send(b"HELO " + settings.hello + b"\r\n", settings.hello_timeout, shake)
        answer = self.reply(settings.hello_timeout, shake)
        if not answer.ok:
            raise SessionFailed(refused(self.peer, answer, "HELO command", "refused to talk to me"))

    def _check_loop(self, name: bytes) -> None:
        """A server that has our own name at the standard port is ourselves (SC02)."""
        if self.settings.lmtp or self.peer.port != 25:
            return
        if name.lower() == self.settings.myhostname.lower():
            text = f"mail for {self.peer.host} loops back to myself"
            raise SessionFailed(bounced(text, "5.4.6", self.peer.relay))

    def quit(self) -> None:
        """End the session politely; a peer that does not answer is not waited for longer than quit_timeout."""
        try:
            self.wire.send(b"QUIT\r\n", self.settings.quit_timeout)
            if not self.settings.skip_quit:
                self.wire.receive(self.settings.quit_timeout)
        except (ConnectionLost, DeadlineExceeded):
            self.wire.close()
            return
        self.wire.close()

    def abandon(self) -> None:
        """Close without a word: the session is in an unknown state."""
        self.wire.close()
