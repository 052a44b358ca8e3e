"""stream - a byte stream over a socket in gevent: every wait has a deadline, no receive is wasted.

A receive that finds nothing raises EAGAIN at a cost of 5-10 us, so this waits for readability first. One timer per
stream is armed lazily: a wait only writes down its deadline, and the timer looks at it when it fires. Deadlines are
readings of the monotonic clock in seconds.
"""

import errno
import fcntl
import os
import socket
import struct
import time
from typing import Any

import gevent.socket
from gevent import get_hub, getcurrent

from pymaster.util.errors import ConnectionLost, DeadlineExceeded

# Bytes of one receive: usually, and after one that was filled.
SMALL, LARGE = 65536, 262144
_READ, _WRITE = 1, 2
_FIONREAD = 0x541B
_INT = struct.Struct("i")
_READY, _EXPIRED = object(), object()
_GONE = frozenset(
    {
        errno.ECONNRESET,
        errno.EPIPE,
        errno.ETIMEDOUT,
        errno.ENOTCONN,
        errno.EBADF,
        errno.ECONNABORTED,
        errno.ECONNREFUSED,
    }
    | {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}
)


class Waiter:
    """Waits of one greenlet on one descriptor."""

    __slots__ = ("_at", "_deadline", "_fd", "_loop", "_reader", "_timer", "_waiting", "_writer")

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._loop: Any = get_hub().loop
        self._reader: Any = None
        self._writer: Any = None
        self._timer: Any = None
        self._at = self._deadline = 0.0
        self._waiting: Any = None

    def readable(self, deadline: float) -> object:
        """Return when there is something to read (or the end), or at `interrupt`; raises DeadlineExceeded."""
        if self._reader is None:
            self._reader = self._loop.io(self._fd, _READ)
        return self._wait(self._reader, deadline)

    def writable(self, deadline: float) -> None:
        """Return when a send makes sense; raises DeadlineExceeded."""
        if self._writer is None:
            self._writer = self._loop.io(self._fd, _WRITE)
        self._wait(self._writer, deadline)

    def _wait(self, watcher: Any, deadline: float) -> object:
        self._deadline = deadline
        if self._timer is None or deadline < self._at:
            self._arm(deadline)
        self._waiting = getcurrent()
        watcher.start(self._waiting.switch, _READY)
        try:
            result = get_hub().switch()
        finally:
            self._waiting = None
            watcher.stop()
        if result is _EXPIRED:
            raise DeadlineExceeded
        return result

    def _arm(self, deadline: float) -> None:
        if self._timer is not None:
            self._timer.close()
        self._at = deadline
        self._timer = self._loop.timer(max(deadline - time.monotonic(), 0.0))
        self._timer.start(self._fired)

    def _fired(self) -> None:
        if self._waiting is None:
            self._timer.close()
            self._timer = None
        elif self._deadline - time.monotonic() > 0.001:
            self._arm(self._deadline)
        else:
            self._timer.close()
            self._timer = None
            self._waiting.switch(_EXPIRED)

    def interrupt(self, token: object) -> None:
        """Have the wait that is going on return `token` from `readable`; only from the hub."""
        if self._waiting is not None:
            self._waiting.switch(token)

    def close(self) -> None:
        """Give the watchers back; before the descriptor is closed."""
        for watcher in (self._reader, self._writer, self._timer):
            if watcher is not None:
                watcher.close()
        self._reader = self._writer = self._timer = None


class Stream:
    """One connected socket. Used by one greenlet at a time."""

    __slots__ = ("_raw", "_size", "_waiter", "sock")

    def __init__(self, sock: Any) -> None:
        """Takes over a connected stream socket (gevent's or a plain one)."""
        self.sock = sock
        self._raw = getattr(sock, "_sock", sock)
        self._raw.setblocking(False)
        self._waiter = Waiter(self._raw.fileno())
        self._size = SMALL

    def recv(self, deadline: float) -> bytes:
        """The next bytes; b"" is the end. Raises DeadlineExceeded, ConnectionLost.

        A receive that was filled makes the next one larger: few turns for bulk, little memory for everything else.
        """
        while True:
            self._waiter.readable(deadline)
            try:
                data: bytes = self._raw.recv(self._size)
            except BlockingIOError:
                continue  # another process or a checksum error took it away
            except OSError as exc:
                raise _lost(exc) from exc
            self._size = LARGE if len(data) == self._size else SMALL
            return data

    def pending(self) -> bool:
        """Whether unread bytes lie in the socket already."""
        try:
            return bool(_INT.unpack(fcntl.ioctl(self._raw.fileno(), _FIONREAD, b"\0\0\0\0"))[0])
        except OSError:
            return False

    def readable_now(self) -> bool:
        """Whether a receive would return at once: bytes, or the end. For a connection that was idle."""
        try:
            self._raw.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def send(self, data: bytes | memoryview, deadline: float) -> None:
        """Send all of `data` before the deadline. Raises DeadlineExceeded, ConnectionLost."""
        try:
            sent = self._raw.send(data)
        except BlockingIOError:
            sent = 0
        except OSError as exc:
            raise _lost(exc) from exc
        if sent < len(data):
            self._send_rest(memoryview(data)[sent:], deadline)

    def _send_rest(self, view: memoryview, deadline: float) -> None:
        while view:
            self._waiter.writable(deadline)
            try:
                view = view[self._raw.send(view) :]
            except BlockingIOError:
                continue
            except OSError as exc:
                raise _lost(exc) from exc

    def close(self) -> None:
        """Close the connection; never raises, may be called twice."""
        self._waiter.close()
        try:
            self.sock.close()
        except OSError:
            return  # the peer's reset may surface here; nothing is left to do


def _lost(exc: OSError) -> Exception:
    """ConnectionLost for what a network does; anything else is a bug and stays itself."""
    return ConnectionLost(os.strerror(exc.errno or 0)) if exc.errno in _GONE else exc


def connect(address: Any, deadline: float, *, source: Any = None) -> Stream:
    """A stream to `address`: ("ip", port) or a unix path. Raises OSError (refused, unreachable ...), DeadlineExceeded."""
    if isinstance(address, str):
        family = socket.AF_UNIX
    else:
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    sock = gevent.socket.socket(family, socket.SOCK_STREAM)
    raw: Any = getattr(sock, "_sock", sock)
    try:
        if source:
            raw.bind(source)
        if family != socket.AF_UNIX:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = raw.connect_ex(address)
        if code == errno.EAGAIN:
            raise OSError(errno.EAGAIN, "listen queue is full")
        if code == errno.EINPROGRESS:
            _finish_connect(raw, deadline)
        elif code:
            raise OSError(code, os.strerror(code))
    except BaseException:
        sock.close()
        raise
    return Stream(sock)


def _finish_connect(raw: Any, deadline: float) -> None:
    waiter = Waiter(raw.fileno())
    try:
        waiter.writable(deadline)
    finally:
        waiter.close()
    code = raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))
