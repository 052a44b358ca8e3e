"""data - DATA: the content in bulk, until CRLF "." CRLF and nothing else (RFC 5321 section 4.1.1.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymaster.dialog.smtpd import accept
from pymaster.dialog.smtpd.settings import ALLOW, NORMALIZE, REJECT
from pymaster.proto.smtp.command import Command
from pymaster.proto.smtp.data import DataReceiver
from pymaster.proto.smtp.reply import Reply
from pymaster.util import log
from pymaster.util.errors import ConnectionLost, DeadlineExceeded

if TYPE_CHECKING:
    from pymaster.dialog.smtpd.session import Session

GO_AHEAD = Reply(354, "", "End data with <CR><LF>.<CR><LF>")
NEED_RCPT = Reply(503, "5.5.1", "Error: need RCPT command")
NO_RECIPIENTS = Reply(554, "5.5.1", "Error: no valid recipients")
_SYNTAX = Reply(501, "5.5.4", "Syntax: DATA")
_AFTER_BDAT = Reply(503, "5.5.1", "Error: DATA after BDAT")


def data(session: Session, command: Command) -> Reply:
    """DATA, the content, and the reply to its end."""
    refusal = ready(session) or (_SYNTAX if command.rest else None)
    if session.chunks is not None:
        refusal = _AFTER_BDAT
    if refusal is None:
        refusal = session.world.access.data(session.facts)
    if refusal is not None:
        return refusal
    assert session.message is not None
    session.message.begin(session.facts.actions)
    session.core.reply(GO_AHEAD)
    session.flush()
    receiver = DataReceiver(mask_stray_cr=session.settings.mask_cr, watch_bare_lf=watches_bare_lf(session))
    _receive(session, receiver)
    if receiver.bare_lf and refuses_bare_lf(session, "DATA"):
        session.over = True
        reply = accept.for_each(session, session.settings.bare_newline_reply)
        session.forget()
        return reply
    return accept.finish(session, receiver.size, "Ok:")


def ready(session: Session) -> Reply | None:
    """Whether content may come; the refusal if not."""
    if session.message is not None:
        return None
    return NEED_RCPT if session.opening is None else NO_RECIPIENTS


def _receive(session: Session, receiver: DataReceiver) -> None:
    """All of the content into the pipeline. What is over the limit is read and dropped: the client reads no reply yet."""
    message, limit = session.message, session.settings.size_limit
    assert message is not None
    chunk = session.core.take()
    try:
        while True:
            if chunk:
                block = receiver.feed(chunk)
                if block and (not limit or receiver.size <= limit):
                    message.write(block)
                if receiver.done:
                    break
            chunk = session.read()
    except (ConnectionLost, DeadlineExceeded):
        session.last = f"DATA ({max(receiver.size, 0)} bytes)"
        raise
    if receiver.rest:
        session.core.receive(receiver.rest)


def watches_bare_lf(session: Session) -> bool:
    """Whether bare LFs in content are to be noticed."""
    if session.settings.bare_newline in (ALLOW, NORMALIZE):
        return False
    return not session.world.bare_newline_exempt(session.facts.name, session.facts.address)


def refuses_bare_lf(session: Session, stage: str) -> bool:
    """Log a bare LF in content; whether it is the end of the session."""
    facts = session.facts
    log.info(f"{facts.queue_id}: bare <LF> received after {stage} from {facts.label}", facts.number)
    return session.settings.bare_newline == REJECT
