"""mailhandover - the login stage gives a client away: descriptor and ticket to the spawner, then, if there is TLS, bytes both
ways between the client and the process that has the mail.
"""

import array
import socket
import time
from typing import Any

import gevent

from pymaster.model.frame import FrameReader, encode
from pymaster.model.mailsession import MailAnswer, MailSession
from pymaster.runtime.mailstream import MailStream, TlsStream
from pymaster.runtime.stream import Stream, connect
from pymaster.util import log
from pymaster.util.errors import ConnectionLost, DeadlineExceeded
from pymaster.util.record import BadRecord

PATH = "private/mailbox"
# Seconds for the spawner's answer; for a client to take bytes that wait; for both ends to say something.
PATIENCE, STALL, SILENCE = 15.0, 300.0, 86400.0
_AWAY = MailAnswer(False, "UNAVAILABLE", "Temporarily unavailable, please try again later.")


def hand_over(session: MailSession, fd: int, path: str = PATH) -> MailAnswer:
    """Give a client away; never raises for the spawner's faults."""
    deadline = time.monotonic() + PATIENCE
    stream: Stream | None = None
    try:
        stream = connect(path, deadline)
        data, rights = encode(session), array.array("i", [fd])
        raw: Any = getattr(stream.sock, "_sock", stream.sock)
        sent = raw.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        if sent < len(data):
            stream.send(memoryview(data)[sent:], deadline)
        return _answer(stream, deadline)
    except (OSError, ConnectionLost, DeadlineExceeded, BadRecord) as exc:
        log.warning(f"{path}: {exc or type(exc).__name__}")
        return _AWAY
    finally:
        if stream is not None:
            stream.close()


def _answer(stream: Stream, deadline: float) -> MailAnswer:
    reader = FrameReader(MailAnswer)
    while data := stream.recv(deadline):
        for item in reader.feed(data):
            assert isinstance(item, MailAnswer)
            return item
    raise ConnectionLost("closed without an answer")


def bridge(client: TlsStream, inner: MailStream) -> None:
    """Carry bytes both ways until one side ends."""
    back = gevent.spawn(_pump, inner, client)
    try:
        _pump(client, inner)
        # The client is gone or done: the worker learns it from the end of its input, and finishes.
        _shut(inner)
        back.join(timeout=STALL)
    finally:
        back.kill()
        inner.close()


def _shut(stream: MailStream) -> None:
    try:
        stream.sock.shutdown(socket.SHUT_WR)
    except OSError:
        return  # it is gone already


def _pump(source: MailStream, sink: MailStream) -> None:
    try:
        while data := source.recv(time.monotonic() + SILENCE):
            sink.send(data, time.monotonic() + STALL)
    except (ConnectionLost, DeadlineExceeded):
        return
    finally:
        if isinstance(sink, TlsStream):
            # The worker has ended: so does the client's connection, or its pump would wait for the client to speak.
            sink.end()
