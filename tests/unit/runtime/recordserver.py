"""A listener of records for tests: greets, hands what it reads to a function, sends what that returns."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
from gevent.server import StreamServer
from gevent.socket import AF_UNIX, SOCK_STREAM, socket

from pymaster.model.frame import FrameReader, encode, encode_all
from pymaster.model.messages import Hello
from pymaster.util.record import Record


class RecordServer:
    """Serves on `path` until `stop`. `reads` are the sizes of what arrived at once, in records."""

    def __init__(
        self, path: Path, hello: Hello, accept: tuple[type[Record], ...], answer: Callable[[Record], Record | None]
    ) -> None:
        self.path, self.hello, self.accept, self.answer = path, hello, accept, answer
        self.got: list[Record] = []
        self.reads: list[int] = []
        self.socks: list[Any] = []
        self.start()

    def start(self) -> None:
        listener = socket(AF_UNIX, SOCK_STREAM)
        self.path.unlink(missing_ok=True)
        listener.bind(str(self.path))
        listener.listen(50)
        self.server = StreamServer(listener, self.serve)
        self.server.start()

    def serve(self, sock: Any, _: object) -> None:
        self.socks.append(sock)
        sock.sendall(encode(self.hello))
        reader = FrameReader(*self.accept)
        try:
            while data := sock.recv(1 << 20):
                records = reader.feed(data)
                self.got += records
                self.reads.append(len(records))
                answers = [a for a in map(self.answer, records) if a is not None]
                if answers:
                    sock.sendall(encode_all(answers))
        except OSError:
            return

    def hang_up(self) -> None:
        for sock in self.socks:
            with contextlib.suppress(OSError):
                sock.shutdown(2)
            sock.close()
        self.socks.clear()

    def stop(self) -> None:
        self.server.stop()
        self.hang_up()
        self.path.unlink(missing_ok=True)


def until(what: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Let greenlets run until `what()` is true."""
    with gevent.Timeout(seconds):
        while not (result := what()):
            gevent.sleep(0.005)
        return result
