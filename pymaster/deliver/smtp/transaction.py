"""transaction - one message over an open session: MAIL, RCPT, DATA, in one burst where the server pipelines.

Every recipient gets a Status or None; None means that the session broke before the server said anything final about it,
so another host may be tried without a copy being made twice (but for the named window after the final dot).
"""

from collections.abc import Callable, Iterator

from pymaster.deliver.smtp.peer import SessionFailed, refused
from pymaster.deliver.smtp.session import Session
from pymaster.model.envelope import (
    NOTIFY_DELAY,
    NOTIFY_FAILURE,
    NOTIFY_NEVER,
    NOTIFY_SUCCESS,
    RET_FULL,
    RET_HDRS,
    SMTPUTF8,
    VERIFY_ONLY,
    Envelope,
    Recipient,
)
from pymaster.model.status import PASSED_ON, SENT, Status, bounced, sent
from pymaster.proto.address import quote_local
from pymaster.proto.smtp.outgoing import Encoder
from pymaster.proto.smtp.response import Response

CHUNK = 65536
_NOTIFY = ((NOTIFY_SUCCESS, b"SUCCESS"), (NOTIFY_FAILURE, b"FAILURE"), (NOTIFY_DELAY, b"DELAY"))
Chunks = Callable[[], Iterator[bytes]]


def xtext(data: bytes) -> bytes:
    """`data` as xtext (RFC 3461 section 4)."""
    return b"".join([b"%c" % c if 33 <= c <= 126 and c not in b"+=" else b"+%02X" % c for c in data])


def _address(session: Session, address: bytes) -> bytes:
    return quote_local(address) if session.settings.quote else address


def _mail_command(session: Session, envelope: Envelope) -> bytes:
    offers = session.offers
    parts = [b"MAIL FROM:<" + _address(session, envelope.sender) + b">"]
    if b"SIZE" in offers:
        parts.append(b"SIZE=%d" % envelope.size)
    if b"8BITMIME" in offers and envelope.encoding == "8bit":
        parts.append(b"BODY=8BITMIME")
    if envelope.flags & SMTPUTF8 and b"SMTPUTF8" in offers:
        parts.append(b"SMTPUTF8")
    if b"DSN" in offers:
        if envelope.ret:
            parts.append({RET_FULL: b"RET=FULL", RET_HDRS: b"RET=HDRS"}[envelope.ret])
        if envelope.envid:
            parts.append(b"ENVID=" + xtext(envelope.envid))
    return b" ".join(parts) + b"\r\n"


def _rcpt_command(session: Session, recipient: Recipient) -> bytes:
    parts = [b"RCPT TO:<" + _address(session, recipient.address) + b">"]
    if b"DSN" in session.offers:
        if recipient.notify & NOTIFY_NEVER:
            parts.append(b"NOTIFY=NEVER")
        elif recipient.notify:
            parts.append(b"NOTIFY=" + b",".join([word for bit, word in _NOTIFY if recipient.notify & bit]))
        if recipient.orcpt:
            kind, _, value = recipient.orcpt.partition(b";")
            parts.append(b"ORCPT=" + kind + b";" + xtext(value))
    return b" ".join(parts) + b"\r\n"


def unfit(session: Session, envelope: Envelope) -> Status | None:
    """Why this server can never take this message, or None (SIZE, SMTPUTF8)."""
    offers, peer = session.offers, session.peer
    if offers.size and envelope.size > offers.size:
        text = f"message size {envelope.size} exceeds size limit {offers.size} of server {peer.named}"
        return bounced(text, "5.3.4", peer.relay)
    if envelope.flags & SMTPUTF8 and b"SMTPUTF8" not in offers:
        text = f"SMTPUTF8 is required, but was not offered by host {peer.named}"
        return bounced(text, "5.6.7", peer.relay)
    return None


def _taken(session: Session, response: Response) -> Status:
    """The Status of a recipient that the server would take."""
    code = response.dsn if response.dsn.startswith("2") else "2.0.0"
    status = sent(response.text, code, session.peer.relay)
    status.diag_type, status.diag_text, status.mta = "smtp", response.text, f"dns; {session.peer.host}"
    return status


class Transaction:
    """Carries one message; `statuses` is parallel to the recipients and valid even after SessionFailed."""

    __slots__ = ("_accepted", "_chunks", "_envelope", "_session", "answered", "exposed", "statuses")

    def __init__(self, session: Session, envelope: Envelope, chunks: Chunks) -> None:
        self._session, self._envelope, self._chunks = session, envelope, chunks
        self.statuses: list[Status | None] = [None] * len(envelope.recipients)
        self._accepted: list[int] = []
        # Whether the server has answered anything: a kept connection that dies before may be replaced silently.
        self.answered = False
        # Whether the final dot was sent: from then on the server may have the message, whatever we hear (window W2).
        self.exposed = False

    def run(self) -> None:
        """Do it; raises SessionFailed when the session is of no more use."""
        status = unfit(self._session, self._envelope)
        if status is not None:
            self.statuses = [status] * len(self.statuses)
            return
        if self._envelope.flags & VERIFY_ONLY:
            self._probe()
        elif b"PIPELINING" in self._session.offers:
            self._pipelined()
        else:
            self._stepwise()

    def _pipelined(self) -> None:
        session, settings = self._session, self._session.settings
        recipients = self._envelope.recipients
        burst = [_mail_command(session, self._envelope), *[_rcpt_command(session, r) for r in recipients], b"DATA\r\n"]
        session.send(b"".join(burst), settings.mail_timeout, "sending MAIL FROM")
        mail = self._read(settings.mail_timeout, "sending MAIL FROM")
        failed = None if mail.ok else mail
        for n in range(len(recipients)):
            self._judge_rcpt(n, self._read(settings.rcpt_timeout, "sending RCPT TO"), failed)
        data = self._read(settings.data_init_timeout, "sending DATA command")
        self._after_data(data)

    def _stepwise(self) -> None:
        session, settings = self._session, self._session.settings
        if not self._introduce():
            return
        if not self._accepted:
            self._reset()
            return
        session.send(b"DATA\r\n", settings.data_init_timeout, "sending DATA command")
        self._after_data(self._read(settings.data_init_timeout, "sending DATA command"))

    def _introduce(self) -> bool:
        """MAIL and each RCPT, one at a time; whether the server took the sender."""
        session, settings = self._session, self._session.settings
        session.send(_mail_command(session, self._envelope), settings.mail_timeout, "sending MAIL FROM")
        mail = self._read(settings.mail_timeout, "sending MAIL FROM")
        if not mail.ok:
            for n in range(len(self.statuses)):
                self._judge_rcpt(n, mail, mail)
            return False
        for n, recipient in enumerate(self._envelope.recipients):
            session.send(_rcpt_command(session, recipient), settings.rcpt_timeout, "sending RCPT TO")
            response = self._read(settings.rcpt_timeout, "sending RCPT TO")
            self._judge_rcpt(n, response, None)
            if self._envelope.flags & VERIFY_ONLY and response.ok:
                self.statuses[n] = _taken(session, response)
        return True

    def _probe(self) -> None:
        """What the server says of the recipients is all that is asked for: no message is sent (sendmail -bv)."""
        if self._introduce():
            self._reset()

    def _read(self, timeout: float, while_: str) -> Response:
        response = self._session.reply(timeout, while_)
        self.answered = True
        if response.code == 421:
            # The server is about to hang up; what it said is the reason for everyone left.
            raise SessionFailed(refused(self._session.peer, response, _COMMAND.get(while_, "")))
        return response

    def _judge_rcpt(self, n: int, response: Response, mail: Response | None) -> None:
        if mail is not None:
            self.statuses[n] = refused(self._session.peer, mail, "MAIL FROM command")
        elif response.ok:
            self._accepted.append(n)
        else:
            self.statuses[n] = refused(self._session.peer, response, "RCPT TO command")

    def _after_data(self, data: Response) -> None:
        if data.code == 354:
            self._send_body() if self._accepted else self._send_nothing()
            return
        for n in self._accepted:
            self.statuses[n] = refused(self._session.peer, data, "DATA command")
        if data.ok:
            raise SessionFailed(refused(self._session.peer, data, "DATA command"))
        if self._accepted:
            self._reset()

    def _send_nothing(self) -> None:
        """A pipelined DATA was answered 354 though no recipient was taken: end it empty (RFC 2920 section 3.1)."""
        settings = self._session.settings
        self._session.send(b".\r\n", settings.data_xfer_timeout, "sending message body")
        self._read(settings.data_done_timeout, "sending end of data")

    def _send_body(self) -> None:
        session, settings = self._session, self._session.settings
        encoder = Encoder(settings.line_limit)
        waiting: list[bytes] = []
        size = 0
        for block in self._chunks():
            wire = encoder.block(block)
            waiting.append(wire)
            size += len(wire)
            if size >= CHUNK:
                session.send(b"".join(waiting), settings.data_xfer_timeout, "sending message body")
                waiting, size = [], 0
        waiting.append(encoder.end())
        self.exposed = True
        session.send(b"".join(waiting), settings.data_xfer_timeout, "sending message body")
        while_ = "sending end of data -- message may be sent more than once"
        if settings.lmtp:
            for n in self._accepted:
                self._judge_end(n, self._read(settings.data_done_timeout, while_))
            return
        response = self._read(settings.data_done_timeout, while_)
        for n in self._accepted:
            self._judge_end(n, response)

    def _judge_end(self, n: int, response: Response) -> None:
        session = self._session
        if not response.ok:
            self.statuses[n] = refused(session.peer, response, "end of DATA command")
            return
        # A next hop that knows no DSN has taken the message over: "relayed", not "delivered" (RFC 3461 section 5.2.2).
        final = session.settings.lmtp and (session.settings.assume_final or b"DSN" not in session.offers)
        handed_on = PASSED_ON if b"DSN" in session.offers else "relayed"
        status = self.statuses[n] = _taken(session, response)
        status.action = "delivered" if final else handed_on

    def _reset(self) -> None:
        session = self._session
        session.send(b"RSET\r\n", session.settings.rset_timeout, "sending RSET command")
        self._read(session.settings.rset_timeout, "sending RSET command")

    @property
    def delivered(self) -> bool:
        """Whether at least one recipient was taken."""
        return any(status is not None and status.outcome == SENT for status in self.statuses)


_COMMAND = {
    "sending MAIL FROM": "MAIL FROM command",
    "sending RCPT TO": "RCPT TO command",
    "sending DATA command": "DATA command",
    "sending end of data": "end of DATA command",
    "sending end of data -- message may be sent more than once": "end of DATA command",
    "sending RSET command": "RSET command",
}
