"""A worker without master: forked by hand, with its status channel and listeners."""

import os
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import json, sys
if {green}:
    from gevent import monkey; monkey.patch_all()
from pymaster.model import control
from pymaster.server import boot, programs
order = control.Order(**json.loads(sys.argv[1]))
fds = [int(fd) for fd in sys.argv[2:]]
sys.exit(boot.work(programs.load(order.program), order, fds))
"""


class Worker:
    """A running worker: `status` is master's end, `sock` is where it listens."""

    def __init__(self, folder: Path, text: str, main: str = "", kind: int = socket.SOCK_STREAM, **order: Any) -> None:
        import json

        from pymaster.model import control

        (folder / "toy.py").write_text(textwrap.dedent(text))
        (folder / "main.cf").write_text(f"queue_directory = {folder}\n{main}")
        self.path = folder / "sock"
        self.board = control.Scoreboard.create(2)
        self.status, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.status.settimeout(10)
        listener = socket.socket(socket.AF_UNIX, kind)
        listener.bind(str(self.path))
        if kind == socket.SOCK_STREAM:
            listener.listen(50)
        fifo = -1
        if order.get("type") == "fifo":
            os.mkfifo(folder / "fifo")
            fifo = os.open(folder / "fifo", os.O_RDWR | os.O_NONBLOCK)
        fields = {"worker": 1, "name": "toy", "type": "unix", "program": str(folder / "toy.py"), "slot": 1}
        fields |= {"config_directory": str(folder), "unprivileged": False, "log_file": True} | order
        self.log = (folder / "log").open("ab")
        fds = [theirs.fileno(), self.board.fd, self.log.fileno(), fifo if fifo >= 0 else listener.fileno()]
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(green="Multi" in text), json.dumps(fields), *map(str, fds)],
            pass_fds=fds,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        theirs.close()
        listener.close()
        if fifo >= 0:
            os.close(fifo)

    def ready(self) -> bytes:
        """Wait until it serves."""
        said = self.status.recv(1000)
        assert said[:1] == b"R", (said, self.errors())
        return said

    def connect(self) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(10)
        sock.connect(str(self.path))
        return sock

    def word(self, number: int) -> int:
        return self.board.slot(1).get(number)

    def errors(self) -> str:
        """What it logged so far."""
        return Path(self.log.name).read_text()


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    made: list[Worker] = []

    def make(text: str, main: str = "", **order: Any) -> Worker:
        made.append(Worker(tmp_path, text, main, **order))
        return made[-1]

    yield make
    for each in made:
        each.process.kill()
        each.process.wait()
        each.status.close()
        each.log.close()
