"""bdat - BDAT: content in counted chunks (RFC 3030). Checks, rewriting and the commit are those of DATA.

After an error the chunks that are under way are read and dropped, up to the last one, so that their bytes are never
taken for commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymaster.dialog.smtpd import accept
from pymaster.dialog.smtpd.data import ready, refuses_bare_lf, watches_bare_lf
from pymaster.proto.smtp.bdat import ChunkReceiver, arguments
from pymaster.proto.smtp.command import Command
from pymaster.proto.smtp.reply import Reply
from pymaster.util import log
from pymaster.util.errors import ConnectionLost, DeadlineExceeded
from pymaster.util.text import printable

if TYPE_CHECKING:
    from pymaster.dialog.smtpd.session import Session

_NOT_OFFERED = Reply(502, "5.5.1", "Error: command not implemented")
# After this the place of the next command in the input is unknown, so the session ends.
_SYNTAX = Reply(521, "5.5.4", "Syntax: BDAT count [LAST]")
_TOO_BIG = Reply(552, "5.3.4", "Chunk exceeds message size limit")


def bdat(session: Session, command: Command) -> Reply:
    """BDAT count [LAST] and its chunk."""
    if "chunking" in session.discard:
        return _NOT_OFFERED
    wanted = arguments(command.rest)
    if wanted is None:
        facts = session.facts
        log.warning(
            f"{facts.queue_id or 'NOQUEUE'}: malformed BDAT command syntax from {facts.label}: {printable(command.line, 100)}",
            facts.number,
        )
        return _SYNTAX
    count, last = wanted
    refusal = _refusal(session, count)
    if refusal is not None or session.discarding:
        return _discard(session, count, last, refusal)
    chunks = session.chunks
    assert chunks is not None
    _receive(session, chunks, count)
    if chunks.bare_lf and refuses_bare_lf(session, "BDAT"):
        session.over = True
        reply = accept.for_each(session, session.settings.bare_newline_reply)
        session.forget()
        return reply
    if not last:
        return Reply(250, "2.0.0", f"Ok: {count} bytes")
    assert session.message is not None
    if rest := chunks.finish():
        session.message.write(rest)
    return accept.finish(session, chunks.size, f"Ok: {chunks.size} bytes")


def _refusal(session: Session, count: int) -> Reply | None:
    """Why this chunk is not wanted; begins the content with the first one."""
    if session.discarding:
        return None
    if session.chunks is None:
        refusal = ready(session) or session.world.access.data(session.facts)
        if refusal is not None:
            return refusal
        assert session.message is not None
        session.message.begin(session.facts.actions)
        session.chunks = ChunkReceiver(mask_stray_cr=session.settings.mask_cr, watch_bare_lf=watches_bare_lf(session))
    if accept.too_big(session, session.chunks.size + count):
        facts = session.facts
        log.warning(f"{facts.queue_id}: BDAT request from {facts.label} exceeds message size limit", facts.number)
        return _TOO_BIG
    return None


def _receive(session: Session, chunks: ChunkReceiver, count: int) -> None:
    message = session.message
    assert message is not None
    chunks.begin(count)
    try:
        while True:
            data = session.core.take()
            if data or not chunks.missing:
                if block := chunks.feed(data):
                    message.write(block)
                if not chunks.missing:
                    break
            session.core.receive(session.read())
    except (ConnectionLost, DeadlineExceeded):
        session.last = f"BDAT ({chunks.size} bytes)"
        raise
    if chunks.rest:
        session.core.receive(chunks.rest)


def _discard(session: Session, count: int, last: bool, refusal: Reply | None) -> Reply:
    """Read a chunk nobody wants; the transaction is over with the first refusal."""
    left = count
    while left > 0:
        data = session.core.take() or session.read()
        if len(data) > left:
            session.core.receive(data[left:])
        left -= min(left, len(data))
    if refusal is not None:
        session.forget()
    session.discarding = not last
    return refusal or Reply(551, "5.0.0", f"Discarded {count} bytes after earlier error")
