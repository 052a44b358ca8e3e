"""accept - taking one connection off a listener, and what both kinds of loop need for it."""

import itertools
import os
import socket
import stat
from collections.abc import Callable
from typing import Any

from pymaster.util.errors import Fatal

# Errors of accept(2) that belong to the connection or to the network, not to the listener (accept(2), NOTES).
TRANSIENT = (BlockingIOError, InterruptedError, ConnectionError, PermissionError, TimeoutError)


class Fifo:
    """A fifo in the place of a listening socket, as far as a loop that only waits for bytes is concerned."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def fileno(self) -> int:
        return self.fd

    def setblocking(self, flag: bool) -> None:
        os.set_blocking(self.fd, flag)


def adopt(fd: int, *, fifos: bool) -> Any:
    """A listener that master opened: a socket, or a Fifo for a service that can read one. Raises Fatal."""
    if not stat.S_ISFIFO(os.fstat(fd).st_mode):
        return socket.socket(fileno=fd)
    if not fifos:
        raise Fatal("this program takes connections; its master.cf line may not have the type fifo")
    return Fifo(fd)


def address(raw: Any) -> tuple[str, int] | None:
    """(ip, port) of a socket address; None for a unix socket. An IPv6 zone is left out."""
    if not isinstance(raw, tuple):
        return None
    return raw[0].partition("%")[0], raw[1]


def numberer() -> Callable[[], int]:
    """Numbers for sessions, to be logged in the place of the pid: the pid with four digits of a counter behind it."""
    base, counter = os.getpid() * 10000, itertools.count(1)
    return lambda: base + next(counter) % 10000


def local_of(sock: Any, family: int) -> tuple[str, int] | None:
    """(ip, port) that the client connected to; None for a unix socket."""
    return None if family == socket.AF_UNIX else address(sock.getsockname())
