"""ipc - the client side of our record protocols over unix stream sockets.

Frames that are sent in one turn of the loop leave in one write, and while a write waits for room whatever comes later
joins the next: batches form by themselves, nobody sleeps for them. Reading is one greenlet per connection. The server
side is `pymaster.server.records`.
"""

import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent import get_hub

from pymaster.model.frame import FrameReader, encode
from pymaster.model.messages import VERSION, Hello
from pymaster.runtime.stream import Stream, connect
from pymaster.util.errors import ConnectionLost, DeadlineExceeded
from pymaster.util.record import BadRecord, Record

# Bytes that may wait for a peer that does not read, and how long it may leave them.
MAX_WAITING, STALL = 64 << 20, 60.0
_WRITE = 2
_LONG = 1e8


class Channel:
    """One connection to a listener of records.

    `on_open(channel)` is called after the greeting, `on_records(channel, records)` for what arrives, `on_end(channel,
    reason)` once, whatever ended it. They run in the channel's own greenlet and must not block.
    """

    def __init__(
        self,
        path: str,
        protocol: str,
        accept: tuple[type[Record], ...],
        on_records: Callable[["Channel", list[Record]], None],
        on_end: Callable[["Channel", str], None],
        on_open: Callable[["Channel"], None] | None = None,
    ) -> None:
        self.path, self.protocol, self._accept = path, protocol, accept
        self._on_records, self._on_end, self._on_open = on_records, on_end, on_open
        self.window = 0
        self.is_open = False
        # Told of an exception that is a bug: whoever owns the state behind the callbacks cannot trust it any more.
        self.on_crash: Callable[[Exception], None] | None = None
        self._stream: Stream | None = None
        self._out: list[bytes] = []
        self._rest = memoryview(b"")
        self._waiting = 0
        self._stalled = 0.0
        self._scheduled = False
        self._writer: Any = None
        self._greenlet: Any = None

    def start(self, deadline: float) -> "Channel":
        """Begin to connect; the greeting must be there before `deadline` (monotonic seconds)."""
        self._greenlet = gevent.spawn(self._run, deadline)
        self._greenlet.link_exception(self._crashed)
        return self

    def _crashed(self, greenlet: Any) -> None:
        if self.on_crash is not None:
            self.on_crash(greenlet.exception)

    def _run(self, deadline: float) -> None:
        reason = "closed"
        try:
            self._stream = connect(self.path, deadline)
            reader = FrameReader(Hello, *self._accept)
            records = self._greeting(reader, deadline)
            self.is_open = True
            if self._on_open is not None:
                self._on_open(self)
            if self._out:
                self._schedule()
            while True:
                if records:
                    self._on_records(self, records)
                data = self._stream.recv(time.monotonic() + _LONG)
                if not data:
                    break
                records = reader.feed(data)
        except (OSError, ConnectionLost, DeadlineExceeded) as exc:
            reason = getattr(exc, "strerror", "") or str(exc) or type(exc).__name__
        except BadRecord as exc:
            reason = f"bad record: {exc}"
        except gevent.GreenletExit:
            reason = "closed here"
        finally:
            self._finish()
            self._on_end(self, reason)

    def _greeting(self, reader: FrameReader, deadline: float) -> list[Record]:
        """Read the Hello; what came behind it is returned."""
        records: list[Record] = []
        stream = self._stream
        while not records and stream is not None:
            data = stream.recv(deadline)
            if not data:
                raise ConnectionLost("closed before the greeting")
            records = reader.feed(data)
        hello = records[0]
        if not isinstance(hello, Hello) or hello.protocol != self.protocol or hello.version != VERSION:
            raise BadRecord(f"{self.path} does not speak {self.protocol} version {VERSION}")
        self.window = max(1, hello.window)
        return records[1:]

    def send(self, item: Record) -> None:
        """Send a record soon; never blocks. Raises BadRecord if it is too large for a frame."""
        data = encode(item)
        self._out.append(data)
        self._waiting += len(data)
        if self.is_open and not self._scheduled:
            self._schedule()

    def _schedule(self) -> None:
        self._scheduled = True
        get_hub().loop.run_callback(self._flush)

    def _flush(self) -> None:
        """Write what waits; runs in the hub, so it never waits itself."""
        self._scheduled = False
        stream = self._stream
        if stream is None or self._writer is not None:
            return
        self._write(stream)

    def _write(self, stream: Stream) -> None:
        raw = getattr(stream.sock, "_sock", stream.sock)
        while self._rest or self._out:
            if not self._rest:
                self._rest = memoryview(b"".join(self._out))
                self._out.clear()
            try:
                sent = raw.send(self._rest)
            except BlockingIOError:
                break
            except OSError:
                self.close()
                return
            self._waiting -= sent
            self._rest = self._rest[sent:]
            self._stalled = 0.0
        if self._rest:
            self._await_room(stream)
        elif self._writer is not None:
            self._writer.close()
            self._writer = None

    def _await_room(self, stream: Stream) -> None:
        now = time.monotonic()
        self._stalled = self._stalled or now
        if self._waiting > MAX_WAITING or now - self._stalled > STALL:
            self.close()
        elif self._writer is None:
            raw = getattr(stream.sock, "_sock", stream.sock)
            self._writer = get_hub().loop.io(raw.fileno(), _WRITE)
            self._writer.start(self._write, stream)

    @property
    def stalled(self) -> bool:
        """Whether the peer has left our bytes lying for too long."""
        return bool(self._stalled) and time.monotonic() - self._stalled > STALL

    def close(self) -> None:
        """End the connection; `on_end` is called soon, from the channel's greenlet."""
        self.is_open = False
        if self._greenlet is not None:
            self._greenlet.kill(block=False)

    def _finish(self) -> None:
        self.is_open = False
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        self._out.clear()
        self._rest = memoryview(b"")
        self._waiting = 0
