"""passed - a `pass` service gets its client as a descriptor over a unix connection (postscreen hands clients to smtpd)."""

import socket

from pymaster.server.accept import address
from pymaster.server.skeleton import Connection
from pymaster.util.errors import ConnectionLost
from pymaster.util.fds import recv_fds

PATIENCE = 10.0


def take(conn: Connection) -> None:
    """Replace the connection's socket by the one that comes through it; raises ConnectionLost."""
    carrier = conn.sock
    carrier.settimeout(PATIENCE)
    try:
        _, fds = recv_fds(carrier, 4096, 4)
    except OSError as exc:
        raise ConnectionLost from exc
    finally:
        carrier.close()
    if len(fds) != 1:
        raise ConnectionLost
    conn.sock = type(carrier)(fileno=fds[0])
    if conn.sock.family != socket.AF_UNIX:
        conn.peer, conn.local = address(conn.sock.getpeername()), address(conn.sock.getsockname())
