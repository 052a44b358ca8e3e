import socket

import pytest

from pymaster.server.passed import take
from pymaster.server.skeleton import Connection
from pymaster.util.errors import ConnectionLost
from pymaster.util.fds import send_fds


def test_the_client_comes_as_a_descriptor() -> None:
    ours, theirs = socket.socketpair()
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        send_fds(theirs, b"x", [accepted.fileno()])
        accepted.close()
        conn = Connection(ours)
        take(conn)
        assert conn.peer == client.getsockname()
        assert conn.local == server.getsockname()
        client.sendall(b"hello")
        assert conn.sock.recv(10) == b"hello"
        conn.sock.close()
    theirs.close()


def test_a_carrier_without_a_client() -> None:
    ours, theirs = socket.socketpair()
    theirs.sendall(b"x")
    with pytest.raises(ConnectionLost):
        take(Connection(ours))
    theirs.close()
