"""Who reads mail, as a table and as JSON; nobody there to ask."""

import json
import socket
import threading
from pathlib import Path

import pytest

from pymaster.commands import who
from pymaster.model.frame import FrameReader, encode
from pymaster.model.mailsession import MailList, MailQuery
from pymaster.util.errors import Fatal

SESSIONS = [
    {"session": "s2", "user": "b", "service": "pop3", "address": "192.0.2.2", "since": 0, "tls": True, "method": "PLAIN", "pid": 7, "uid": 5},
    {"session": "s1", "user": "a", "service": "imap", "address": "192.0.2.1", "since": 0, "tls": False, "method": "LOGIN", "pid": 7, "uid": 5},
]  # fmt: skip
WORKERS = [{"pid": 7, "uid": 5, "clients": 2, "sessions": 9, "worst_gap": 0.0123, "leaving": True}]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "private").mkdir()
    (tmp_path / "main.cf").write_text(f"compatibility_level = 3.10\nqueue_directory = {tmp_path}\n")
    return tmp_path


def answering(config: Path, rows: list[dict[str, object]]) -> threading.Thread:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(config / who.SOCKET))
    server.listen(1)
    server.settimeout(10)

    def serve() -> None:
        peer, _ = server.accept()
        reader, found = FrameReader(MailQuery), []
        while not found:
            found = reader.feed(peer.recv(4096))
        pieces = [encode(MailList(json.dumps([row]), False)) for row in rows]
        peer.sendall(b"".join(pieces) + encode(MailList("[]")))
        peer.close()
        server.close()

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_sessions_as_a_table(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    thread = answering(config, SESSIONS)
    assert who.who(str(config)) == 0
    thread.join(10)
    lines = capsys.readouterr().out.split("\n")
    assert lines[0].split() == ["USER", "SERVICE", "FROM", "TLS", "METHOD", "SINCE", "PID", "SESSION"]
    assert lines[1].startswith("a ") and lines[1].endswith("s1") and " yes " in lines[2]


def test_workers_as_a_table_and_as_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answering(config, WORKERS).join(0)
    assert who.who(str(config), workers=True) == 0
    assert "12 ms" in capsys.readouterr().out
    Path(config / who.SOCKET).unlink()
    answering(config, SESSIONS).join(0)
    assert who.who(str(config), "b", as_json=True) == 0
    assert [row["session"] for row in json.loads(capsys.readouterr().out)] == ["s2"]


@pytest.mark.parametrize(("rows", "status"), [(SESSIONS, 0), ([], 1)])
def test_kick_tells_how_many(
    config: Path, capsys: pytest.CaptureFixture[str], rows: list[dict[str, object]], status: int
) -> None:
    answering(config, rows)
    assert who.kick(str(config), "a") == status
    assert capsys.readouterr().out == f"{len(rows)} sessions ended\n"


def test_nobody_answers(config: Path) -> None:
    with pytest.raises(Fatal, match="not running"):
        who.who(str(config))
