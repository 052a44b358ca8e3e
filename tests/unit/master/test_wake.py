import os
import socket
from pathlib import Path

import pytest

from pymaster.master.listen import Listener
from pymaster.master.wake import wake


@pytest.mark.parametrize(("kind", "sort"), [("unix", socket.SOCK_STREAM), ("unix-dgram", socket.SOCK_DGRAM)])
def test_unix(tmp_path: Path, kind: str, sort: int) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX, sort) as sock:
        sock.bind(path)
        if sort == socket.SOCK_STREAM:
            sock.listen()
        wake(Listener([], path, kind))
        client = sock.accept()[0] if sort == socket.SOCK_STREAM else sock
        with client:
            assert client.recv(10) == b"W"


def test_fifo(tmp_path: Path) -> None:
    path = str(tmp_path / "f")
    os.mkfifo(path)
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    wake(Listener([fd], path, "fifo"))
    assert os.read(fd, 10) == b"W"
    os.close(fd)


def test_nobody_there_and_no_path(tmp_path: Path) -> None:
    wake(Listener([], str(tmp_path / "none"), "unix"))
    wake(Listener())
