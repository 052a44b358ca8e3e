"""accept - the end of a message: last checks, the pipeline's word, the commit. 250 only when it is durable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymaster.model.stored import NewMessage
from pymaster.proto.smtp.reply import Reply
from pymaster.store.contract import DURABLE, UNKNOWN, QueueFull
from pymaster.util import log

if TYPE_CHECKING:
    from pymaster.dialog.smtpd.session import Session

# How long the engine is asked again with the same id when nobody knows whether a commit happened.
PATIENCE = 30.0
_PAUSE = 0.2
TOO_BIG = Reply(552, "5.3.4", "Error: message file too big")
_FULL = Reply(452, "4.3.1", "Insufficient system storage")
_TROUBLE = Reply(451, "4.3.0", "Error: queue file write error")


def too_big(session: Session, size: int) -> bool:
    """Whether a message of `size` bytes (CRLF line ends) is over message_size_limit."""
    limit = session.settings.size_limit
    return bool(limit) and size > limit


def finish(session: Session, size: int, done: str) -> Reply:
    """Finish the open message; `done` begins the text of the good reply, `{done} queued as ID`.

    Whatever the reply is, the transaction is empty afterwards.
    """
    try:
        return for_each(session, _finish(session, size, done))
    finally:
        session.forget()


def for_each(session: Session, reply: Reply) -> Reply:
    """The reply to the end of the content: in LMTP once for each recipient (RFC 2033 section 4.2)."""
    if session.world.lmtp:
        for _ in range(session.recipients - 1):
            session.core.reply(reply)
    return reply


def _finish(session: Session, size: int, done: str) -> Reply:
    facts, message = session.facts, session.message
    assert message is not None
    facts.size = size
    if too_big(session, size):
        log.warning(f"{facts.queue_id}: queue file size limit exceeded", facts.number)
        return TOO_BIG
    refusal = session.world.access.end_of_data(facts)
    if refusal is not None:
        return refusal
    queue_id = message.queue_id
    finished = message.finish(facts.actions)
    if finished.refusal is not None:
        code, dsn, text = finished.refusal
        return Reply(code, dsn, text)
    if finished.message is not None:
        refusal = _commit(session, finished.message)
        if refusal is not None:
            return refusal
        # Now it exists: it must not be taken back when the transaction is forgotten.
        session.message = None
        if not finished.message.hold:
            session.world.arrived(queue_id, finished.message.envelope)
    session.delivered()
    return Reply(250, "2.0.0", f"{done} queued as {queue_id}")


def _commit(session: Session, message: NewMessage) -> Reply | None:
    """Make the message durable; the refusal when that fails. Unknown outcomes are asked again with the same id."""
    world, number = session.world, session.facts.number
    deadline = world.clock.monotonic() + PATIENCE
    while True:
        left = deadline - world.clock.monotonic()
        try:
            result = world.commit(message, max(left, 0.1))
        except QueueFull:
            log.warning(f"{message.envelope.queue_id}: not enough free space in mail queue", number)
            return _FULL
        if result == DURABLE:
            return None
        if result != UNKNOWN or world.clock.monotonic() + _PAUSE >= deadline:
            if result == UNKNOWN:
                # It may exist: nothing of it may be taken back, and the client's retry may be a duplicate.
                session.message = None
            log.warning(f"{message.envelope.queue_id}: queue file write error ({result})", number)
            return _TROUBLE
        world.sleep(_PAUSE)
