"""The anvil client against a small server."""

from pathlib import Path

import gevent
import gevent.socket
import pytest

from pymaster.model.anvil import Count, Rates
from pymaster.model.frame import FrameReader, encode, encode_all
from pymaster.model.messages import Hello
from pymaster.runtime import anvil
from pymaster.runtime.anvil import AnvilClient


def test_questions_and_answers(tmp_path: Path) -> None:
    path = str(tmp_path / "anvil")
    listener = gevent.socket.socket(gevent.socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    seen: list[Count] = []

    def serve() -> None:
        conn, _ = listener.accept()
        conn.sendall(encode(Hello("anvil", window=100)))
        reader = FrameReader(Count)
        while data := conn.recv(4096):
            records = [r for r in reader.feed(data) if isinstance(r, Count)]
            seen.extend(records)
            conn.sendall(encode_all([Rates(r.request, 7, 8, 9, 10) for r in records]))

    greenlet = gevent.spawn(serve)
    client = AnvilClient("smtp", (24, 64), path)
    assert client.connect("192.0.2.77") == (7, 8)
    assert (client.message("192.0.2.77"), client.recipient("2001:db8::1")) == (9, 10)
    client.disconnect("192.0.2.77")
    gevent.sleep(0.05)
    assert [(c.ident, c.event) for c in seen] == [
        ("smtp:192.0.2.0/24", "connect"),
        ("smtp:192.0.2.0/24", "message"),
        ("smtp:2001:db8::/64", "recipient"),
        ("smtp:192.0.2.0/24", "disconnect"),
    ]
    client.close()
    greenlet.kill()
    listener.close()


def test_without_anvil_nothing_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anvil, "TIMEOUT", 0.2)
    client = AnvilClient("smtp", path=str(tmp_path / "none"))
    assert client.connect("192.0.2.1") == (0, 0)
    assert client.message("192.0.2.1") == 0
    client.disconnect("192.0.2.1")
