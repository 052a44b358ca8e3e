"""channel - a worker's end of its status channel to master (letters: `model.control`).

A full channel never blocks the worker: master reads it at every turn, so a letter that does not fit means that master
is stuck, and its own watchdog (systemd, the administrator) must help.
"""

import array
import json
import os
import socket
from collections.abc import Callable
from typing import Any

from pymaster.model import control

# Bytes of one letter with what belongs to it.
LETTER = 256


class Channel:
    """Letters to and from master. The socket is set non-blocking."""

    def __init__(self, sock: Any, log_fd: int = -1) -> None:
        self.sock, self.log_fd = sock, log_fd
        self.closed = False
        # Told of letters that are not everybody's (the spawner of mail workers has some of its own).
        self.on_other: Callable[[bytes], None] | None = None
        sock.setblocking(False)

    def send(self, letter: bytes) -> None:
        """Say one letter (with what belongs to it)."""
        try:
            self.sock.send(letter)
        except OSError as exc:
            if not isinstance(exc, BlockingIOError):
                self.closed = True

    def ready(self, **facts: Any) -> None:
        """Say that this worker serves from now on."""
        self.send(control.READY + json.dumps(facts).encode())

    def poll(self) -> bool:
        """Read what master said, answer pings, take a new log; True if it said to drain. Sets `closed` at the end."""
        drain = False
        while not self.closed:
            try:
                letter = self._receive()
            except BlockingIOError:
                break
            except OSError:
                letter = b""
            if not letter:
                self.closed = True
            elif letter == control.PING:
                self.send(control.PONG)
            elif letter == control.DRAIN:
                drain = True
            elif self.on_other is not None and letter != control.LOG:
                self.on_other(letter)
        return drain

    def _receive(self) -> bytes:
        size = array.array("i").itemsize
        letter, rights, _, _ = self.sock.recvmsg(LETTER, socket.CMSG_LEN(size), socket.MSG_CMSG_CLOEXEC)
        for level, kind, payload in rights:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                self._take_log(int.from_bytes(payload[:size], "little"))
        return bytes(letter)

    def _take_log(self, fd: int) -> None:
        # The sink keeps its descriptor number; what it points to changes under it.
        if self.log_fd >= 0:
            os.dup2(fd, self.log_fd, inheritable=False)
        os.close(fd)
