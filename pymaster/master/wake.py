"""wake - knocking at a service's door on a timer (wakeup field), the way postkick(1) does."""

import os
import socket

from pymaster.master.listen import Listener

REQUEST = b"W"


def wake(listener: Listener) -> None:
    """Send a wakeup to a unix or fifo service; inet services have none. Never blocks."""
    if not listener.path:
        return
    if listener.kind == "fifo":
        # Master holds the other end, so this is never refused.
        fd = os.open(listener.path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.write(fd, REQUEST)
        except BlockingIOError:
            return  # full of requests: it will wake anyway
        finally:
            os.close(fd)
        return
    kind = socket.SOCK_DGRAM if listener.kind == "unix-dgram" else socket.SOCK_STREAM
    with socket.socket(socket.AF_UNIX, kind) as sock:
        sock.setblocking(False)
        try:
            sock.connect(listener.path)
            sock.send(REQUEST)
        except OSError:
            return  # the backlog is full of other clients: it will wake anyway
