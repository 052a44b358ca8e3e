"""mailstream - the stream of a mail session: may be woken while it waits for input, and may begin TLS.

`wake` is for IDLE and NOTIFY: news from elsewhere end the wait with Woken, and a wake that comes while nobody waits is
kept for the next one. TLS runs over the same descriptor, without blocking (`ssl` with a socket, every wait is ours); bytes
that came in clear before the handshake are not in here, so none of them can surface inside TLS.
"""

import socket
import ssl
from typing import Any

from gevent import get_hub

from pymaster.runtime.stream import LARGE, SMALL, Stream
from pymaster.util import log
from pymaster.util.errors import ConnectionLost, DeadlineExceeded, Woken

_WOKEN = object()
# TLS records are 16 KB at most.
RECORD = 16384


class MailStream(Stream):
    """One connected socket of a POP3 or IMAP session."""

    __slots__ = ("_interruptible", "_scheduled", "_wanted")

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self._interruptible = self._wanted = self._scheduled = False

    def recv(self, deadline: float) -> bytes:
        """The next bytes; b"" is the end. Raises DeadlineExceeded, ConnectionLost, Woken."""
        while True:
            if self._wanted:
                self._wanted = False
                raise Woken
            self._interruptible = True
            try:
                result = self._waiter.readable(deadline)
            finally:
                self._interruptible = False
            if result is _WOKEN:
                self._wanted = False
                raise Woken
            data = self._take()
            if data is not None:
                return data

    def _take(self) -> bytes | None:
        """What can be read at once; None for nothing after all."""
        try:
            data: bytes = self._raw.recv(self._size)
        except BlockingIOError:
            return None
        except OSError as exc:
            raise ConnectionLost from exc
        self._size = LARGE if len(data) == self._size else SMALL
        return data

    def wake(self) -> None:
        """Have the `recv` that waits, or the next one, raise Woken. From any greenlet of this hub."""
        self._wanted = True
        if not self._scheduled:
            self._scheduled = True
            get_hub().loop.run_callback(self._interrupt)

    def hang_up(self) -> None:
        """End the connection under whoever reads from it: its `recv` returns b""."""
        try:
            self._raw.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # gone already

    def _interrupt(self) -> None:
        self._scheduled = False
        if self._interruptible and self._wanted:
            self._waiter.interrupt(_WOKEN)


class TlsStream(MailStream):
    """A mail stream that can begin TLS, as a server."""

    __slots__ = ("_context", "_field", "_tls", "secured")

    def __init__(self, sock: Any, context: ssl.SSLContext | None, field: str = "commonName") -> None:
        """`context` None: there is no TLS here. `field`: what of a client's certificate is the user's name."""
        super().__init__(sock)
        self._context, self._field = context, field
        self._tls: Any = None
        self.secured = False

    def starttls(self, deadline: float) -> None:
        """Shake hands as the server; raises ConnectionLost, DeadlineExceeded."""
        if self._context is None or self._tls is not None:
            raise ConnectionLost("no TLS here")
        plain = socket.socket(self._raw.family, self._raw.type, self._raw.proto, fileno=self._raw.detach())
        plain.settimeout(0)
        self._tls = self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        self._tls.settimeout(0)
        self.sock = self._raw = self._tls
        self._patiently(self._tls.do_handshake, deadline)
        self.secured = True

    def _patiently(self, call: Any, deadline: float) -> Any:
        """Call until TLS wants no more of the socket."""
        while True:
            try:
                return call()
            except ssl.SSLWantReadError:
                self._waiter.readable(deadline)
            except ssl.SSLWantWriteError:
                self._waiter.writable(deadline)
            except (OSError, ValueError) as exc:
                raise ConnectionLost from exc

    def _take(self) -> bytes | None:
        if self._tls is None:
            return super()._take()
        parts: list[bytes] = []
        total = 0
        # One readiness may stand for several records, and TLS keeps what it has read ahead: take all there is.
        while total < LARGE:
            try:
                data = self._tls.recv(RECORD)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                break
            except (OSError, ValueError) as exc:
                if parts:
                    break
                raise ConnectionLost from exc
            if not data:
                return b"".join(parts)
            parts.append(data)
            total += len(data)
        return b"".join(parts) if parts else None

    def recv(self, deadline: float) -> bytes:
        """As MailStream; what TLS has read ahead needs no wait."""
        if self._tls is not None and self._tls.pending():
            data = self._take()
            if data is not None:
                return data
        return super().recv(deadline)

    def send(self, data: bytes | memoryview, deadline: float) -> None:
        """Send all of `data` before the deadline. Raises DeadlineExceeded, ConnectionLost."""
        if self._tls is None:
            super().send(data, deadline)
            return
        view = memoryview(data)
        while view:
            piece = view[:LARGE]
            sent = self._patiently(lambda piece=piece: self._tls.send(piece), deadline)
            view = view[sent:]

    def end(self) -> None:
        """Say the end in both directions; a `recv` that waits returns b"" or raises ConnectionLost."""
        try:
            if self._tls is not None:
                self._tls.unwrap()
        except (OSError, ValueError):
            log.debug("TLS ended without the client's goodbye")
        self.hang_up()

    def binding(self) -> tuple[str, bytes] | None:
        """The channel binding `tls-exporter` (RFC 9266) or, below TLS 1.3, `tls-unique` (RFC 5929); None without TLS."""
        if self._tls is None:
            return None
        if self._tls.version() == "TLSv1.3":
            return None
        data = self._tls.get_channel_binding("tls-unique")
        return ("tls-unique", data) if data else None

    def describe(self) -> str:
        """Version and cipher of the TLS session, for the log."""
        if self._tls is None:
            return ""
        cipher = self._tls.cipher()
        return f"{self._tls.version()} with cipher {cipher[0]}" if cipher else ""

    def certified(self) -> str:
        """The user's name in the verified certificate of the client: a field of its subject, or `email` for an address
        among its alternative names; "" without such a certificate."""
        found: dict[str, Any] = (self._tls.getpeercert() or {}) if self._tls is not None else {}
        if self._field == "email":
            return next((value for kind, value in found.get("subjectAltName", ()) if kind == "email"), "")
        return next((value for part in found.get("subject", ()) for name, value in part if name == self._field), "")


__all__ = ["ConnectionLost", "DeadlineExceeded", "MailStream", "TlsStream"]
