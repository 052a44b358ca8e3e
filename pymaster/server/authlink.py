"""authlink - the spawner's connection to the authenticator: tickets are redeemed for users (master side of Dovecot's auth
protocol: `REQUEST` answered by `USER`, `NOTFOUND` or `FAIL`).

Non-blocking, without a hub. A connection that breaks fails what was asked on it; the next request makes a new one.
"""

import _socket
import base64
import os
from collections.abc import Callable
from typing import Any

from pymaster.model.mailplace import MailPlace
from pymaster.util import log
from pymaster.util.record import BadRecord

PATH = "private/auth"
MAX_LINE = 1 << 16
AWAY = "Authentication service is not available"


class AuthLink:
    """`done(caller, place or None, why)` is called once for each `redeem`."""

    def __init__(
        self,
        watch: Callable[[Any, Callable[[int], None]], None],
        unwatch: Callable[[Any], None],
        done: Callable[[Any, MailPlace | None, str], None],
        path: str = PATH,
    ) -> None:
        self.watch, self.unwatch, self.done, self.path = watch, unwatch, done, path
        self.sock: Any = None
        # Number -> (caller, the request, whether it was asked again already).
        self.waiting: dict[int, tuple[Any, bytes, bool]] = {}
        self.buffer = b""
        self.last = 0

    def redeem(self, caller: Any, pid: int, ticket: int, cookie: str, service: str) -> None:
        """Ask who a ticket was given to."""
        if any(letter in cookie or letter in service for letter in "\t\n\1"):
            self.done(caller, None, "Bad ticket")
            return
        self.last += 1
        line = f"REQUEST\t{self.last}\t{pid}\t{ticket}\t{cookie}\tservice={service}\n".encode()
        self.waiting[self.last] = (caller, line, False)
        self.ask(line)

    def ask(self, line: bytes) -> None:
        """Send a request."""
        try:
            if self.sock is None:
                self.connect()
            sent = self.sock.send(line)
        except OSError as exc:
            log.warning(f"{self.path}: {exc.strerror}")
            self.lost()
            return
        if sent < len(line):
            self.lost()  # it does not read: nothing will come of this connection

    def connect(self) -> None:
        """A new connection; raises OSError."""
        sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.connect(self.path)
            sock.send(f"VERSION\t1\t2\nCPID\t{os.getpid()}\n".encode())
        except OSError:
            sock.close()
            raise
        self.sock, self.buffer = sock, b""
        self.watch(sock, self.on_readable)

    def on_readable(self, _: int) -> None:
        """Answers, or the end."""
        try:
            data = self.sock.recv(MAX_LINE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data or len(self.buffer) > MAX_LINE:
            self.lost()
            return
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        for line in lines:
            self.answered(line.split(b"\t"))

    def answered(self, words: list[bytes]) -> None:
        """One line; those of the handshake are of no interest."""
        if words[0] not in (b"USER", b"NOTFOUND", b"FAIL") or len(words) < 2 or not words[1].isdigit():
            return
        asked = self.waiting.pop(int(words[1][:18]), None)
        if asked is None:
            return
        caller = asked[0]
        if words[0] != b"USER":
            self.done(caller, None, "Login expired" if words[0] == b"NOTFOUND" else "Temporary failure")
            return
        place = _place(words[2:])
        self.done(caller, place, "" if place else "Temporary failure")

    def lost(self) -> None:
        """The connection is of no use any more."""
        if self.sock is not None:
            self.unwatch(self.sock)
            self.sock.close()
            self.sock = None
        # An authenticator that was replaced leaves its tickets to the next one, so each request is made once more.
        again = [number for number, (_, _, repeated) in self.waiting.items() if not repeated]
        for number, (caller, line, repeated) in list(self.waiting.items()):
            if repeated:
                del self.waiting[number]
                self.done(caller, None, AWAY)
            else:
                self.waiting[number] = (caller, line, True)
        for number in again:
            if number in self.waiting:
                self.ask(self.waiting[number][1])


def _place(words: list[bytes]) -> MailPlace | None:
    for word in words:
        if word.startswith(b"place="):
            try:
                return MailPlace.unpack(base64.b64decode(word[6:], validate=True))
            except (ValueError, BadRecord) as exc:
                log.error(f"bad answer of the authentication service: {exc}")
                return None
    log.error("the authentication service did not say where the mail lies")
    return None
