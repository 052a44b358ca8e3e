import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

NOTES = """
from pymaster.server.service import Trigger
class Toy(Trigger):
    name = "toy"
    def trigger(self, requests):
        with open("notes", "ab") as file:
            file.write(requests + b"|")
"""


def until(path: Path, data: bytes) -> None:
    deadline = time.monotonic() + 5
    while not path.exists() or data not in path.read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_letters_of_several_clients(worker: Callable[..., Any]) -> None:
    toy = worker(NOTES)
    toy.ready()
    for letter in (b"W", b"F"):
        with toy.connect() as sock:
            sock.sendall(letter)
    until(toy.path.parent / "notes", b"F|")
    with toy.connect():
        pass  # says nothing, asks nothing
    with toy.connect() as sock:
        sock.sendall(b"I")
    until(toy.path.parent / "notes", b"I|")
    toy.process.terminate()
    assert toy.process.wait(5) == 0


def test_datagrams_one_by_one(worker: Callable[..., Any]) -> None:
    toy = worker(NOTES, kind=socket.SOCK_DGRAM, type="unix-dgram")
    toy.ready()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"one", str(toy.path))
        sock.sendto(b"two", str(toy.path))
    until(toy.path.parent / "notes", b"one|two|")


def test_bytes_in_a_fifo(worker: Callable[..., Any]) -> None:
    toy = worker(NOTES, type="fifo")
    toy.ready()
    fifo = toy.path.parent / "fifo"
    fifo.write_bytes(b"W")
    until(toy.path.parent / "notes", b"W|")
    fifo.write_bytes(b"F")
    until(toy.path.parent / "notes", b"F|")


def test_a_fifo_is_nothing_for_a_program_that_takes_connections(worker: Callable[..., Any]) -> None:
    toy = worker(
        NOTES.replace("Trigger", "Single").replace("trigger(self, requests)", "serve(self, conn)"), type="fifo"
    )
    assert toy.process.wait(10) == 1
    assert "fatal: this program takes connections; its master.cf line may not have the type fifo" in toy.errors()
