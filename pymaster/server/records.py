"""records - the server side of a record protocol: greet, read requests, write reports, in batches.

A client that sends a letter instead of a frame is a trigger (postkick(1), master's wakeup); a frame's first byte is
always 0. In a Multi service requests are handled at once, each in a greenlet, and the reports that finish together
leave in one send; elsewhere they are handled one after the other.
"""

import socket
from collections.abc import Callable, Iterable
from typing import Any

from pymaster.model.frame import FrameReader, encode, encode_all
from pymaster.model.messages import Hello
from pymaster.server.skeleton import Connection
from pymaster.util import log
from pymaster.util.record import BadRecord, Record

BLOCK = 65536
Handler = Callable[[Record], Record | None]


class Exchange:
    """One connection of a record protocol."""

    def __init__(self, conn: Connection, window: int, handler: Callable[..., Record | None], inline: bool) -> None:
        self.conn, self.window, self.handler, self.inline = conn, window, handler, inline
        self.waiting: list[Record] = []
        self.in_flight = 0
        self.leaving = False
        self.running: set[Any] = set()

    def take(self, requests: Iterable[Record]) -> None:
        """Handle requests; their reports go out when they are there. Raises BadRecord above the window."""
        if self.conn.spawn is None or self.inline:
            for request in requests:
                report = self.handler(request)
                if report is not None and self.inline:
                    self.waiting.append(report)
                elif report is not None:
                    self.conn.sock.sendall(encode(report))
            self.flush()
            return
        for request in requests:
            self.in_flight += 1
            if self.in_flight > self.window:
                raise BadRecord(f"more than {self.window} requests at once")
            greenlet = self.conn.spawn(self.work, request)
            self.running.add(greenlet)
            greenlet.rawlink(self.running.discard)

    def work(self, request: Record) -> None:
        """One request in a greenlet of its own."""
        try:
            report = self.handler(request)
        except Exception as exc:
            # The client must not wait for a report that never comes: it sees the end of the connection.
            log.panic(f"{type(request).__name__}: {type(exc).__name__}: {exc}")
            self.hang_up()
            raise
        finally:
            self.in_flight -= 1
        if report is not None:
            self.waiting.append(report)
            if len(self.waiting) == 1 and self.conn.spawn is not None:
                self.conn.spawn(self.flush)
        elif self.leaving:
            self.drain()

    def flush(self) -> None:
        """Send the reports that wait."""
        reports, self.waiting = self.waiting, []
        if reports:
            try:
                self.conn.sock.sendall(encode_all(reports))
            except OSError as exc:
                log.debug(f"client of the record protocol went away: {exc.strerror}")
        if self.leaving:
            self.drain()

    def drain(self) -> None:
        """Read no further request once the last report is out."""
        self.leaving = True
        if not self.in_flight and not self.waiting:
            self.hang_up()

    def finish(self) -> None:
        """After the last read: what came in before the end is still worked off and reported."""
        for greenlet in list(self.running):
            greenlet.join()
        self.flush()

    def hang_up(self) -> None:
        """Wake the reader with an end of file."""
        try:
            self.conn.sock.shutdown(socket.SHUT_RD)
        except OSError:
            return  # gone already


def serve(
    conn: Connection,
    hello: Hello,
    accept: tuple[type[Record], ...],
    handler: Callable[..., Record | None],
    *,
    on_trigger: Callable[[bytes], None] | None = None,
    inline: bool = False,
) -> None:
    """Serve one connection until its client leaves.

    `handler(request)` returns the report, or None where the protocol has none. With `inline` it is called in the
    connection's own greenlet, in order, for work that never waits; all reports of one read leave in one send.
    `on_trigger` gets the letters of a trigger client.
    """
    exchange = Exchange(conn, hello.window, handler, inline)
    conn.on_drain = exchange.drain
    reader = FrameReader(*accept)
    first = True
    try:
        greet(conn, hello)
        while data := receive(conn.sock):
            if first and data[0]:
                if on_trigger is not None:
                    on_trigger(data)
                return
            first = False
            exchange.take(reader.feed(data))
    except BadRecord as exc:
        log.warning(f"{hello.protocol}: bad request: {exc}", conn.number)
    except OSError as exc:
        log.debug(f"{hello.protocol}: {exc.strerror}", conn.number)
    finally:
        conn.on_drain = None
        exchange.finish()


def receive(sock: Any) -> bytes:
    """The next bytes, b"" at the end; waits first where a receive that finds nothing is dear (gevent's sockets)."""
    event = getattr(sock, "_read_event", None)
    if event is not None:
        sock._wait(event)
    return sock.recv(BLOCK)  # type: ignore[no-any-return]


def greet(conn: Connection, hello: Hello) -> None:
    """The first frame. A trigger client may be gone already; what it sent can be read all the same."""
    try:
        conn.sock.sendall(encode(hello))
    except OSError as exc:
        log.debug(f"{hello.protocol}: {exc.strerror}", conn.number)
