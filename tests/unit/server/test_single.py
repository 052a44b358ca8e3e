import os
import time
from collections.abc import Callable
from typing import Any

from pymaster.model import control

ECHO = """
from pymaster.server.service import Single
from pymaster.util import log
from pymaster.util.errors import Fatal
class Toy(Single):
    name = "toy"
    def serve(self, conn):
        conn.sock.sendall(b"%d" % conn.peercred()[0])
        while data := conn.sock.recv(100):
            if data == b"fatal":
                raise Fatal("as asked")
            conn.sock.sendall(data)
    def every(self):
        return {0.05: lambda: open("beat", "a").close()}
    def stop(self):
        log.info("stopped")
"""


def test_one_at_a_time_and_master_is_heard_meanwhile(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO)
    toy.ready()
    with toy.connect() as sock:
        assert sock.recv(20) == b"%d" % os.getpid()
        assert toy.status.recv(10) == control.BUSY
        toy.status.send(control.PING)
        assert toy.status.recv(10) == control.PONG
        sock.sendall(b"not disturbed")
        assert sock.recv(20) == b"not disturbed"
    assert toy.status.recv(10) == control.IDLE
    assert toy.word(control.SESSIONS) == 1


def test_drain_waits_for_the_session(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO)
    toy.ready()
    with toy.connect() as sock:
        sock.recv(20)
        toy.status.send(control.DRAIN)
        sock.sendall(b"x")
        assert sock.recv(2) == b"x"
        assert toy.process.poll() is None
    assert toy.process.wait(5) == 0


def test_drain_when_idle_and_masters_end_when_busy(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO)
    toy.ready()
    with toy.connect() as sock:
        sock.recv(20)
        toy.status.close()
        assert toy.process.wait(5) == 1


def test_fatal_ends_the_process(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO)
    toy.ready()
    with toy.connect() as sock:
        sock.recv(20)
        sock.sendall(b"fatal")
    assert toy.process.wait(5) == 1
    assert "fatal: as asked" in toy.errors()


def test_idle_exit_and_periodic_work(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO, "max_idle = 1s\n")
    toy.ready()
    assert toy.status.recv(10) == control.USED_UP
    assert toy.process.wait(5) == 0
    assert (toy.path.parent / "beat").exists()


def test_sigterm_in_a_session(worker: Callable[..., Any]) -> None:
    toy = worker(ECHO)
    toy.ready()
    with toy.connect() as sock:
        sock.recv(20)
        began = time.monotonic()
        toy.process.terminate()
        assert toy.process.wait(5) == 0
    assert time.monotonic() - began < 2
    assert "stopped" in toy.errors()
