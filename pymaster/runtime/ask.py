"""ask - a plain client of a record protocol: connect, ask, read the answer. For commands and for rare questions.

It imports nothing but the socket, so a command starts fast; in a greenlet service the socket is cooperative all the
same. Every wait has the one deadline given at the start. Whoever sends many requests uses `runtime.ipc`.
"""

import socket
import time
from typing import TypeVar

from pymaster.model.frame import FrameReader, encode
from pymaster.model.greeting import VERSION, Hello
from pymaster.util.errors import ConnectionLost
from pymaster.util.record import BadRecord, Record

R = TypeVar("R", bound=Record)


class Asker:
    """A connection to the listener `path` that speaks `protocol`; a context manager."""

    def __init__(self, path: str, protocol: str, accept: tuple[type[Record], ...] = (), timeout: float = 10.0) -> None:
        """Connect and read the greeting; raises OSError when nobody is there, ConnectionLost when it is no listener of
        ours."""
        self._until = time.monotonic() + timeout
        self._reader = FrameReader(Hello, *accept)
        self._waiting: list[Record] = []
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            self._sock.settimeout(timeout)
            self._sock.connect(path)
            hello = self.read(Hello)
            if hello.protocol != protocol or hello.version != VERSION:
                raise ConnectionLost(f"{path} speaks {hello.protocol} {hello.version}, not {protocol} {VERSION}")
        except BaseException:
            self._sock.close()
            raise

    def send(self, item: Record) -> None:
        """Send a record; raises OSError."""
        self._sock.settimeout(max(self._until - time.monotonic(), 0.001))
        self._sock.sendall(encode(item))

    def read(self, kind: type[R]) -> R:
        """The next record; raises OSError (a timeout too), ConnectionLost."""
        while not self._waiting:
            self._sock.settimeout(max(self._until - time.monotonic(), 0.001))
            data = self._sock.recv(65536)
            if not data:
                raise ConnectionLost("connection closed")
            try:
                self._waiting += self._reader.feed(data)
            except BadRecord as exc:
                raise ConnectionLost(f"bad record: {exc}") from exc
        item = self._waiting.pop(0)
        if not isinstance(item, kind):
            raise ConnectionLost(f"{type(item).__name__} where {kind.__name__} belongs")
        return item

    def ask(self, item: Record, kind: type[R]) -> R:
        """Send a request and read its answer."""
        self.send(item)
        return self.read(kind)

    def close(self) -> None:
        """Hang up."""
        self._sock.close()

    def __enter__(self) -> "Asker":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
