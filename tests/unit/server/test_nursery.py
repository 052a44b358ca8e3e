import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from pymaster.master.spawn import Nursery, environment
from pymaster.model import control

TOY = """
import os, threading
from pymaster.server.service import {shape}
class Toy({shape}):
    name = "toy"
    def serve(self, conn):
        import sys
        conn.sock.sendall(b"gevent" if "gevent" in sys.modules else b"plain")
"""


def said(nursery: Nursery, op: str) -> dict[str, Any]:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for message in nursery.messages():
            if message["op"] == op:
                return message
        time.sleep(0.005)
    raise AssertionError(op)


@pytest.mark.parametrize(("green", "shape"), [(True, "Multi"), (False, "Single")])
def test_fork_serve_exit(tmp_path: Path, green: bool, shape: str) -> None:
    (tmp_path / "toy.py").write_text(TOY.format(shape=shape))
    (tmp_path / "main.cf").write_text(f"queue_directory = {tmp_path}\n")
    nursery = Nursery(green, environment([], {}))
    board = control.Scoreboard.create(1)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "sock"))
    listener.listen()
    path = str(tmp_path / "toy.py")
    order = control.Order(5, "toy", "unix", path, config_directory=str(tmp_path), unprivileged=False)
    try:
        nursery.load([path])
        said(nursery, "ready")
        began = time.monotonic()
        nursery.order(order, [theirs.fileno(), board.fd, listener.fileno()])
        forked = said(nursery, "forked")
        assert forked["worker"] == 5
        ours.settimeout(5)
        assert ours.recv(100)[:1] == control.READY
        assert time.monotonic() - began < 1
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(tmp_path / "sock"))
            assert client.recv(10) == (b"gevent" if green else b"plain")
        os.kill(forked["pid"], signal.SIGKILL)
        assert said(nursery, "exited") == {"op": "exited", "pid": forked["pid"], "status": 9}
    finally:
        nursery.kill()
        nursery.process.wait(5)
        for sock in (ours, theirs, listener):
            sock.close()
