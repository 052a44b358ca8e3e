"""Workers that are stopped, spin, or sit on the writer lock are found and replaced."""

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness import MailSystem, eventually
from toys import MASTER, PROGRAMS

pytestmark = pytest.mark.slow


@pytest.fixture
def mail() -> Iterator[MailSystem]:
    with MailSystem(master=MASTER, programs=PROGRAMS) as system:
        yield system


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("how", ["stopped", "spinning"])
def test_a_silent_worker_is_found_within_15_seconds(
    mail: MailSystem, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", mail.port), 5) as sock:
        pid = int(sock.recv(100).split()[1])
        began = time.monotonic()
        if how == "stopped":
            os.kill(pid, signal.SIGSTOP)
        else:
            sock.sendall(b"spin")
        eventually(lambda: gone(pid), 15.0)
        with capsys.disabled():
            print(f"\n{how} worker found and ended after {time.monotonic() - began:.1f} s")
    mail.wait_log(rf"pid {pid} did not answer for \d+ s: sending signal 6")
    if how == "spinning":
        # The stacks of the one that spun are in the log.
        mail.wait_log(r"Fatal Python error: Aborted")
    mail.wait_port(mail.port)


def test_who_sits_on_the_writer_lock_is_killed(mail: MailSystem) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(str(mail.queue / "private/writer"))
        began = time.monotonic()
        assert sock.recv(1) == b""
        assert 1.5 < time.monotonic() - began < 5
    mail.wait_log("held the queue's writer lock for 2")


def test_a_single_worker_in_a_long_session_is_not_taken_for_dead(mail: MailSystem) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(str(mail.queue / "private/alone"))
        sock.recv(100)
        time.sleep(13)
        sock.sendall(b"here")
        assert sock.recv(10) == b"HERE"
