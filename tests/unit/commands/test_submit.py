"""Handing over: socket first, folder second."""

import os
import socket
import threading
from pathlib import Path

import pytest

from pymaster.commands import submit
from pymaster.commands.submit import FolderDrop, Refused, SocketDrop


def serve(path: Path, answer: bytes) -> list[bytes]:
    got: list[bytes] = []
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def run() -> None:
        sock, _ = listener.accept()
        got.append(sock.recv(1000))
        sock.sendall(answer)
        sock.close()
        listener.close()

    threading.Thread(target=run, daemon=True).start()
    return got


@pytest.mark.parametrize(
    ("answer", "status"),
    [(b"452 4.3.1 full\n", 75), (b"550 5.7.1 no\n", 69), (b"554 5.4.0 hops\n", 65), (b"", 75)],
)
def test_socket_refusals(tmp_path: Path, answer: bytes, status: int) -> None:
    (tmp_path / "public").mkdir()
    serve(tmp_path / "public/pickup", answer)
    drop = submit.begin(str(tmp_path))
    drop.write(b"x")
    with pytest.raises(Refused) as caught:
        drop.finish()
    assert caught.value.status == status


def test_socket_success_and_long_paths(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    (deep / "public").mkdir(parents=True)
    here = os.getcwd()
    os.chdir(deep)
    try:
        got = serve(Path("public/pickup"), b"250 4A0B\n")
    finally:
        os.chdir(here)
    drop = submit.begin(str(deep))
    assert isinstance(drop, SocketDrop)
    drop.write(b"data")
    assert drop.finish() == "4A0B" and got == [b"data"]
    drop.abandon()


def test_folder_shows_only_whole_files(tmp_path: Path) -> None:
    (tmp_path / "maildrop").mkdir()
    drop = submit.begin(str(tmp_path))
    assert isinstance(drop, FolderDrop)
    drop.write(b"data")
    assert [name[0] for name in os.listdir(tmp_path / "maildrop")] == ["."]
    name = drop.finish()
    assert (tmp_path / "maildrop" / name).read_bytes() == b"data"
    assert (tmp_path / "maildrop" / name).stat().st_mode & 0o777 == 0o644
    other = FolderDrop(str(tmp_path))
    other.abandon()
    assert os.listdir(tmp_path / "maildrop") == [name]


def test_neither(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        submit.begin(str(tmp_path))
    assert caught.value.status == 75
