"""batches - a record protocol whose requests are worked off together: all that a read brought, then all their reports.

For services of the Single kind that gain by it (many files, one flush). A batch forms by itself: while one is worked
off, the next requests arrive.
"""

import socket
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from pymaster.model.frame import FrameReader, encode_all
from pymaster.model.messages import Hello
from pymaster.server.records import BLOCK, greet
from pymaster.server.skeleton import Connection
from pymaster.util import log
from pymaster.util.record import BadRecord, Record

R = TypeVar("R", bound=Record)


def serve(conn: Connection, hello: Hello, accept: type[R], handler: Callable[[Sequence[R]], Sequence[Record]]) -> None:
    """Serve one connection until its client leaves; at most `hello.window` requests are handed over at a time."""
    reader = FrameReader(accept)
    conn.on_drain = lambda: _hang_up(conn)
    try:
        greet(conn, hello)
        while data := conn.sock.recv(BLOCK):
            if data[0] and not reader.partial:
                return  # a trigger: there is nothing to wake here
            requests = cast("list[R]", reader.feed(data))
            for start in range(0, len(requests), hello.window):
                conn.sock.sendall(encode_all(handler(requests[start : start + hello.window])))
            log.flush()
    except BadRecord as exc:
        log.warning(f"{hello.protocol}: bad request: {exc}", conn.number)
    except OSError as exc:
        log.debug(f"{hello.protocol}: {exc.strerror}", conn.number)
    finally:
        conn.on_drain = None


def _hang_up(conn: Connection) -> None:
    """Wake the reader with an end of file: the batch under way is reported, the next one another process gets."""
    try:
        conn.sock.shutdown(socket.SHUT_RD)
    except OSError:
        return  # gone already
