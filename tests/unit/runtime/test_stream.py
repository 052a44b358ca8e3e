"""Streams: deadlines, partial sends, the end of a connection."""

import socket
import time

import gevent
import gevent.socket
import pytest

from pymaster.runtime.stream import Stream, connect
from pymaster.util.errors import ConnectionLost, DeadlineExceeded


def pair() -> tuple[Stream, socket.socket]:
    ours, theirs = socket.socketpair()
    return Stream(ours), theirs


def soon(seconds: float = 5.0) -> float:
    return time.monotonic() + seconds


def test_receive_and_end() -> None:
    stream, peer = pair()
    assert not stream.pending()
    peer.send(b"hello")
    assert stream.pending()
    assert stream.recv(soon()) == b"hello"
    peer.close()
    assert stream.recv(soon()) == b""
    stream.close()
    stream.close()


def test_a_wait_has_a_deadline_also_after_a_longer_one() -> None:
    stream, peer = pair()
    peer.send(b"x")
    stream.recv(soon(100))
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        stream.recv(soon(0.05))
    assert 0.04 < time.monotonic() - began < 2
    peer.send(b"y")
    assert stream.recv(soon(0.5)) == b"y", "a lapsed wait leaves the stream whole"
    stream.close()
    peer.close()


def test_the_lazy_timer_follows_a_later_deadline() -> None:
    stream, peer = pair()
    peer.send(b"x")
    stream.recv(soon(0.05))
    gevent.spawn_later(0.15, peer.send, b"z")
    assert stream.recv(soon(5)) == b"z"
    stream.close()
    peer.close()


def test_send_all_and_send_deadline() -> None:
    stream, peer = pair()
    data = b"0123456789abcdef" * 65536
    got = bytearray()

    def read() -> None:
        other = Stream(peer)
        while len(got) < len(data):
            got.extend(other.recv(soon()))

    reader = gevent.spawn(read)
    stream.send(data, soon())
    reader.join(5)
    assert bytes(got) == data
    with pytest.raises(DeadlineExceeded):
        stream.send(data, soon(0.05))
    peer.close()
    with pytest.raises(ConnectionLost):
        stream.send(data, soon())
    stream.close()


def test_other_greenlets_run_meanwhile() -> None:
    stream, peer = pair()
    ran = []
    gevent.spawn(lambda: (ran.append(1), peer.send(b"!")))
    assert stream.recv(soon()) == b"!"
    assert ran
    stream.close()
    peer.close()


def test_connect() -> None:
    listener = gevent.socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    stream = connect(listener.getsockname(), soon())
    conn, _ = listener.accept()
    conn.send(b"220")
    assert stream.recv(soon()) == b"220"
    stream.close()
    conn.close()
    address = listener.getsockname()
    listener.close()
    with pytest.raises(OSError):
        connect(address, soon())
