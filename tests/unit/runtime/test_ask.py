"""The plain client of record protocols, against listeners that behave and that do not."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pymaster.model.frame import FrameReader, encode
from pymaster.model.greeting import Flush, Hello
from pymaster.model.queuelist import ActiveIds, ActiveQuery
from pymaster.runtime.ask import Asker
from pymaster.util.errors import ConnectionLost

Listen = Callable[[Callable[[socket.socket], None]], str]


@pytest.fixture
def listen(tmp_path: Path) -> Iterator[Listen]:
    """Serve one connection with a function, in a thread."""
    threads: list[threading.Thread] = []
    path = str(tmp_path / "socket")

    def start(serve: Callable[[socket.socket], None]) -> str:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()

        def run() -> None:
            with listener, listener.accept()[0] as sock:
                serve(sock)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return path

    yield start
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()


def test_ask(listen: Listen) -> None:
    def serve(sock: socket.socket) -> None:
        for byte in encode(Hello("queue")):
            sock.send(bytes([byte]))
        assert FrameReader(ActiveQuery).feed(sock.recv(1000)) == [ActiveQuery()]
        sock.sendall(encode(ActiveIds(("A1", "A2"))))

    with Asker(listen(serve), "queue", (ActiveIds,), 5.0) as asker:
        assert asker.ask(ActiveQuery(), ActiveIds).queue_ids == ("A1", "A2")


def test_send_only(listen: Listen) -> None:
    got: list[object] = []

    def serve(sock: socket.socket) -> None:
        sock.sendall(encode(Hello("queue")))
        got.extend(FrameReader(Flush).feed(sock.recv(1000)))

    with Asker(listen(serve), "queue", (), 5.0) as asker:
        asker.send(Flush(site="example.org"))
        with pytest.raises(ConnectionLost):
            asker.read(Hello)
    assert got == [Flush(site="example.org")]


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Asker(str(tmp_path / "none"), "queue")


@pytest.mark.parametrize("greeting", [encode(Hello("delivery")), encode(Hello("queue", 2)), b"220 hello\r\n", b""])
def test_another_listener(listen: Listen, greeting: bytes) -> None:
    with pytest.raises(ConnectionLost):
        Asker(listen(lambda sock: sock.sendall(greeting)), "queue", (), 5.0)


def test_silence_has_a_deadline(listen: Listen) -> None:
    done = threading.Event()
    with pytest.raises(TimeoutError):
        Asker(listen(lambda sock: print(done.wait(5))), "queue", (), 0.1)
    done.set()
