import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TOY = """
from pymaster.server.service import {shape}, run
from pymaster.config.params.process import ProcessParams
class Toy({shape}):
    name = "toy"
    def serve(self, conn):
        conn.sock.sendall(b"%s %g %s\\n" % (conn.peer[0].encode(), self.snapshot[ProcessParams].max_idle, b" ".join(a.encode() for a in self.args)))
        while data := conn.sock.recv(100000):
            conn.sock.sendall(data.upper())
if __name__ == "__main__":
    run(Toy)
"""
TRIGGER = """
from pymaster.server.service import Trigger, run
class Toy(Trigger):
    name = "toy"
    def trigger(self, requests):
        print("asked for", requests)
if __name__ == "__main__":
    run(Toy)
"""


def run(folder: Path, text: str, *args: str, data: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    (folder / "toy.py").write_text(text)
    (folder / "main.cf").write_text("max_idle = 33s\n")
    command = [sys.executable, str(folder / "toy.py"), *args]
    return subprocess.run(
        command, input=data, capture_output=True, timeout=20, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )


@pytest.mark.parametrize("shape", ["Multi", "Single"])
def test_one_session_on_standard_input_and_output(tmp_path: Path, shape: str) -> None:
    text = TOY.format(shape=shape)
    done = run(tmp_path, text, "-S", "-c", str(tmp_path), "-o", "max_idle=5s", "user=x", data=b"a" * 300000)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"127.0.0.1 5 user=x\n" + b"A" * 300000


def test_a_file_as_input(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"abc")
    (tmp_path / "toy.py").write_text(TOY.format(shape="Multi"))
    (tmp_path / "main.cf").write_text("")
    with (tmp_path / "in").open("rb") as file, (tmp_path / "out").open("wb") as out:
        command = [sys.executable, str(tmp_path / "toy.py"), "-S", "-c", str(tmp_path)]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        assert subprocess.run(command, stdin=file, stdout=out, timeout=20, env=env, check=False).returncode == 0
    assert (tmp_path / "out").read_bytes().endswith(b"\nABC")


def test_a_trigger(tmp_path: Path) -> None:
    assert run(tmp_path, TRIGGER, "-S", "-c", str(tmp_path), data=b"WF").stdout == b"asked for b'WF'\n"


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["-c", "{}"], b"toy: fatal: started by hand, a service needs -S"),
        (["-S", "-c", "{}", "-o", "max_idle=soon"], b"max_idle"),
        (["-S", "-c", "{}/none"], b"none/main.cf"),
        (["-S", "-Q"], b"option -Q"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, args: list[str], text: bytes) -> None:
    done = run(tmp_path, TOY.format(shape="Single"), *[arg.format(tmp_path) for arg in args])
    assert done.returncode == 1
    assert text in done.stderr and b"Traceback" not in done.stderr
