"""Mail streams: woken while waiting, TLS on the same descriptor."""

import socket
import ssl
import threading
import time
from typing import Any

import gevent
import pytest

from pymaster.runtime.mailstream import MailStream, TlsStream
from pymaster.runtime.tls import Keys, ServerTls
from pymaster.util.errors import ConnectionLost, DeadlineExceeded, Woken
from tests.certs import certificate


def soon(seconds: float = 5.0) -> float:
    return time.monotonic() + seconds


def test_a_wait_is_woken_and_the_stream_stays_whole() -> None:
    ours, theirs = socket.socketpair()
    stream = MailStream(ours)
    gevent.spawn_later(0.02, stream.wake)
    with pytest.raises(Woken):
        stream.recv(soon())
    theirs.send(b"after")
    assert stream.recv(soon()) == b"after"
    stream.close()
    theirs.close()


def test_a_wake_that_comes_early_is_kept_for_the_next_wait_and_only_for_it() -> None:
    ours, theirs = socket.socketpair()
    stream = MailStream(ours)
    stream.wake()
    stream.wake()
    theirs.send(b"x")
    with pytest.raises(Woken):
        stream.recv(soon())
    gevent.sleep(0)
    assert stream.recv(soon()) == b"x"
    stream.close()
    theirs.close()


def test_a_wake_does_not_disturb_a_send_that_waits() -> None:
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    stream = MailStream(ours)
    gevent.spawn_later(0.01, stream.wake)
    with pytest.raises(DeadlineExceeded):
        stream.send(bytes(4 << 20), soon(0.1))
    stream.close()
    theirs.close()


def test_hang_up_ends_a_wait() -> None:
    ours, theirs = socket.socketpair()
    stream = MailStream(ours)
    gevent.spawn_later(0.02, stream.hang_up)
    assert stream.recv(soon()) == b""
    stream.hang_up()
    stream.close()
    theirs.close()


def client(sock: socket.socket, results: list[Any], work: Any) -> threading.Thread:
    """A TLS client in a thread."""

    def run() -> None:
        context = ssl.create_default_context(cafile=f"{certificate()}.crt")
        with context.wrap_socket(sock, server_hostname="mail.example.org") as tls:
            results.append(work(tls))

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def tls_stream() -> tuple[TlsStream, socket.socket]:
    ours, theirs = socket.socketpair()
    theirs.settimeout(10)
    return TlsStream(ours, ServerTls([Keys(str(certificate()))]).context), theirs


def test_tls_carries_bulk_both_ways() -> None:
    stream, theirs = tls_stream()
    data = bytes(range(256)) * 8192

    def work(tls: ssl.SSLSocket) -> bytes:
        tls.sendall(data)
        got = b""
        while len(got) < len(data):
            got += tls.recv(65536)
        return got

    results: list[Any] = []
    thread = client(theirs, results, work)
    stream.starttls(soon())
    assert stream.secured and stream.describe().startswith("TLSv1.3")
    got = b""
    while len(got) < len(data):
        got += stream.recv(soon())
    assert got == data
    stream.send(data, soon())
    thread.join(10)
    assert results == [data]
    assert stream.certified() == "" and stream.binding() is None
    stream.end()
    stream.close()


def test_a_client_that_speaks_no_tls_is_lost() -> None:
    stream, theirs = tls_stream()
    theirs.send(b"a1 LOGIN x y\r\n")
    with pytest.raises(ConnectionLost):
        stream.starttls(soon())
    stream.close()
    theirs.close()


def test_a_handshake_that_stalls_has_a_deadline() -> None:
    stream, theirs = tls_stream()
    with pytest.raises(DeadlineExceeded):
        stream.starttls(soon(0.05))
    stream.close()
    theirs.close()


def test_no_second_tls_and_none_without_a_context() -> None:
    ours, theirs = socket.socketpair()
    stream = TlsStream(ours, None)
    with pytest.raises(ConnectionLost):
        stream.starttls(soon())
    stream.send(b"x", soon())
    assert theirs.recv(1) == b"x" and stream.describe() == ""
    stream.close()
    theirs.close()


@pytest.mark.parametrize(
    ("field", "expected"), [("commonName", "user@example.org"), ("email", "user@example.org"), ("surname", "")]
)
def test_the_users_name_in_a_clients_certificate(field: str, expected: str) -> None:
    ours, theirs = socket.socketpair()
    theirs.settimeout(10)
    own = certificate("user@example.org")
    trusting = ServerTls([Keys(str(certificate()))], authorities=f"{own}.crt")
    stream = TlsStream(ours, trusting.context, field)

    def run() -> None:
        context = ssl.create_default_context(cafile=f"{certificate()}.crt")
        context.load_cert_chain(str(own))
        with context.wrap_socket(theirs, server_hostname="mail.example.org") as tls:
            tls.sendall(b"x")
            tls.recv(1)

    thread = threading.Thread(target=run)
    thread.start()
    stream.starttls(soon())
    assert stream.recv(soon()) == b"x"
    assert stream.certified() == expected
    stream.send(b"y", soon())
    thread.join(10)
    stream.close()
