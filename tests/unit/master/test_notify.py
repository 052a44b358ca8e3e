import socket
from pathlib import Path

import pytest

from pymaster.master.notify import notify


def test_file_and_abstract_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notify("READY=1")
    for name, bound in ((f"{tmp_path}/n", f"{tmp_path}/n"), ("@pymaster-test-notify", "\0pymaster-test-notify")):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
            server.bind(bound)
            server.settimeout(2)
            monkeypatch.setenv("NOTIFY_SOCKET", name)
            notify("READY=1")
            assert server.recv(100) == b"READY=1"
    notify("STOPPING=1")  # nobody there
