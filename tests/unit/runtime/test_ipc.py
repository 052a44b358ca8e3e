"""Channels over real sockets."""

import sys
import time
from pathlib import Path

import gevent

sys.path.insert(0, str(Path(__file__).parent))

from recordserver import RecordServer, until

from pymaster.model.messages import Flush, Hello
from pymaster.runtime.ipc import Channel
from pymaster.util.record import Record


class Client:
    def __init__(self, path: Path, protocol: str = "queue", seconds: float = 2.0) -> None:
        self.got: list[Record] = []
        self.ends: list[str] = []
        self.channel = Channel(str(path), protocol, (Flush,), self.take, lambda c, r: self.ends.append(r))
        self.channel.start(time.monotonic() + seconds)

    def take(self, channel: Channel, records: list[Record]) -> None:
        self.got += records


def test_frames_of_one_turn_leave_in_one_write(tmp_path: Path) -> None:
    server = RecordServer(tmp_path / "s", Hello("queue", window=7), (Flush,), lambda r: r)
    client = Client(server.path)
    until(lambda: client.channel.is_open)
    assert client.channel.window == 7
    for n in range(50):
        client.channel.send(Flush(str(n)))
    until(lambda: len(client.got) == 50)
    assert server.reads == [50]
    assert [r.site for r in client.got] == [str(n) for n in range(50)]  # type: ignore[attr-defined]
    client.channel.close()
    until(lambda: client.ends == ["closed here"])
    server.stop()


def test_what_is_sent_before_the_greeting_waits_for_it(tmp_path: Path) -> None:
    server = RecordServer(tmp_path / "s", Hello("queue"), (Flush,), lambda r: None)
    client = Client(server.path)
    client.channel.send(Flush("early"))
    until(lambda: server.got)
    client.channel.close()
    server.stop()


def test_more_than_the_socket_holds_goes_out_in_the_end(tmp_path: Path) -> None:
    server = RecordServer(tmp_path / "s", Hello("queue"), (Flush,), lambda r: None)
    client = Client(server.path)
    for _ in range(100):
        client.channel.send(Flush("x" * 100_000))
    until(lambda: len(server.got) == 100)
    assert not client.channel.stalled
    client.channel.close()
    server.stop()


def test_ends_are_told_once_with_a_reason(tmp_path: Path) -> None:
    nobody = Client(tmp_path / "none")
    until(lambda: nobody.ends)
    assert nobody.ends == ["No such file or directory"]
    server = RecordServer(tmp_path / "s", Hello("delivery"), (Flush,), lambda r: None)
    wrong = Client(server.path, "queue")
    until(lambda: wrong.ends)
    assert "does not speak queue" in wrong.ends[0]
    right = Client(server.path, "delivery")
    until(lambda: right.channel.is_open)
    server.stop()
    until(lambda: right.ends)
    assert right.ends == ["closed"]


def test_no_greeting_in_time(tmp_path: Path) -> None:
    from gevent.socket import AF_UNIX, SOCK_STREAM, socket

    listener = socket(AF_UNIX, SOCK_STREAM)
    listener.bind(str(tmp_path / "s"))
    listener.listen(5)
    client = Client(tmp_path / "s", seconds=0.05)
    gevent.sleep(0.1)
    until(lambda: client.ends)
    assert client.ends == ["DeadlineExceeded"]
    listener.close()
