import os
import socket
from pathlib import Path

import pytest

from pymaster.commands import postkick


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "public").mkdir()
    (tmp_path / "main.cf").write_text(f"queue_directory = {tmp_path}\n")
    return tmp_path


def test_socket_and_fifo(directory: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(directory / "public/qmgr"))
        server.listen()
        assert postkick.main(["-c", str(directory), "public", "qmgr", "IF"]) == 0
        client, _ = server.accept()
        with client:
            assert client.recv(10) == b"IF"
    os.mkfifo(directory / "public/old")
    fd = os.open(directory / "public/old", os.O_RDONLY | os.O_NONBLOCK)
    assert postkick.main(["-c", str(directory), "public", "old", "W"]) == 0
    assert os.read(fd, 10) == b"W"
    os.close(fd)


def test_errors(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert postkick.main(["-c", str(directory), "public", "none", "W"]) == 1
    assert postkick.main(["-c", str(directory), "secret", "none", "W"]) == 1
    assert postkick.main(["public"]) == 1
    err = capsys.readouterr().err
    assert (
        "unable to trigger public/none" in err
        and "Cannot contact class public service none - perhaps" in err
        and "unknown class: secret" in err
        and "usage" in err
    )
