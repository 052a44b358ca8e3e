"""trigger - the loop of a Trigger service: one-letter requests, taken together, or datagrams, one by one.

A request is a short connection to a unix socket (postkick(1), master's wakeups), or bytes in a fifo. All that wait are
drained before the service works once. A datagram is a request of its own.
"""

import os
import socket
import stat
from typing import Any

from pymaster.model import control
from pymaster.server.accept import TRANSIENT
from pymaster.server.single import BlockingLoop
from pymaster.server.skeleton import Trigger

# Bytes of one client's requests; more are of no use.
MAX_REQUESTS = 4096
MAX_DATAGRAM = 65536
PATIENCE = 1.0


class TriggerLoop(BlockingLoop):
    """One worker of a Trigger service."""

    service: Trigger

    def handle(self, listener: socket.socket) -> bool:
        fd = listener.fileno()
        if stat.S_ISFIFO(os.fstat(fd).st_mode):
            requests = self.from_fifo(fd)
        elif listener.type == socket.SOCK_DGRAM:
            return self.datagrams(listener)
        else:
            requests = self.from_clients(listener)
        if requests:
            self.protected(lambda: self.service.trigger(requests), "trigger")
            control.SLOT.put(control.SESSIONS, control.SLOT.get(control.SESSIONS) + 1)
        return bool(requests)

    def from_fifo(self, fd: int) -> bytes:
        """What lies in the fifo."""
        try:
            return os.read(fd, MAX_REQUESTS)
        except BlockingIOError:
            return b""

    def from_clients(self, listener: socket.socket) -> bytes:
        """The letters of all clients that wait."""
        requests = b""
        while len(requests) < MAX_REQUESTS:
            try:
                client, _ = listener.accept()
            except TRANSIENT:
                break
            with client:
                client.settimeout(PATIENCE)
                try:
                    requests += client.recv(MAX_REQUESTS)
                except OSError:
                    continue  # a client that connects and says nothing has asked for nothing
        return requests

    def datagrams(self, listener: socket.socket) -> bool:
        """Every datagram that waits, up to a hundred, so that the loop's other duties get their turn."""
        for count in range(100):
            try:
                data = listener.recv(MAX_DATAGRAM)
            except TRANSIENT:
                return count > 0
            self.protected(lambda data=data: self.service.trigger(data), "datagram")  # type: ignore[misc]
        return True


def run(service: Trigger, order: control.Order, status: Any, listeners: list[socket.socket]) -> int:
    """The loop of a Trigger worker; returns the exit status."""
    return TriggerLoop(service, order, status, listeners).run()
