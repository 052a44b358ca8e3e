"""IDLE (RFC 2177): the server speaks whenever there is news, until the client says DONE.

DONE and the next command may come in one packet. A sign of life goes out now and then (`keepalive`), for routers forget
silent connections; the client's own silence is bounded by the idle timeout.
"""

from contextlib import nullcontext

from pymaster.dialog.imapd.answer import Answer, bad, ok
from pymaster.dialog.imapd.handed import Woken
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import Verb
from pymaster.proto.imap.server import Command, Fault
from pymaster.util.errors import DeadlineExceeded


def run(session: Session, command: Command) -> Answer:
    """Tell news until DONE."""
    command.args.end()
    session.write(b"+ idling\r\n")
    selected = session.selected
    with session.following(selected.mailbox) if selected is not None else nullcontext():
        line = _until_done(session)
    return ok(b"Idle completed.") if line.strip(b" \t").upper() == b"DONE" else bad(b"Expected DONE.")


def _until_done(session: Session) -> bytes:
    """The line that ends it; raises ConnectionLost, DeadlineExceeded."""
    clock = session.world.clock
    until = clock.monotonic() + session.settings.idle_timeout
    session.tell()
    while not session.over:
        line = session.core.line()
        if isinstance(line, Fault):
            return b""
        if line is not None:
            return line
        session.flush()
        keepalive = session.settings.keepalive
        try:
            session.core.receive(session.read(min(keepalive or 1e9, until - clock.monotonic())))
        except Woken:
            session.tell()
        except DeadlineExceeded:
            if clock.monotonic() >= until:
                raise
            session.write(b"* OK Still here\r\n")
    return b"DONE"


VERBS = (Verb(b"IDLE", run, capabilities=(b"IDLE",)),)
