"""services/smtpd.py as a program: one session by hand, down to the queue on disk."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pymaster.store.queue import Queue

ROOT = Path(__file__).resolve().parents[3]
MAIN = """compatibility_level = 3.6
queue_directory = {0}
data_directory = {0}
myhostname = mx.ours.test
mydestination = ours.test
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "main.cf").write_text(MAIN.format(tmp_path))
    (tmp_path / "master.cf").write_text("")
    return tmp_path


def session(place: Path, talk: bytes, *flags: str, program: str = "smtpd") -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, str(ROOT / "services" / f"{program}.py"), "-S", "-c", str(place), *flags]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, input=talk, capture_output=True, cwd=place, timeout=60, env=env, check=False)


def test_a_message_reaches_the_queue(place: Path) -> None:
    flags = ("-o", "smtpd_forbid_unauth_pipelining=no")
    talk = (
        b"EHLO c\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<u@ours.test>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n"
    )
    done = session(place, talk, *flags)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"220 mx.ours.test ESMTP pymaster\r\n")
    assert b"354 End data" in done.stdout and b"250 2.0.0 Ok: queued as " in done.stdout
    store = Queue.open(str(place / "queue"), readonly=True)
    (stored,) = store.scan()
    assert stored.envelope.sender == b"a@b.test"
    assert b"".join(store.chunks(stored.envelope.queue_id)).endswith(b"\n\n.dot\n")
    assert f"queued as {stored.envelope.queue_id}\r\n".encode() in done.stdout
    assert f"{stored.envelope.queue_id}: client=localhost[127.0.0.1]" in done.stderr.decode()
    store.close()


def test_an_open_relay_does_not_start(place: Path) -> None:
    done = session(place, b"QUIT\r\n", "-o", "smtpd_relay_restrictions=permit")
    assert done.returncode != 0 and b"220" not in done.stdout
    assert b"specify at least one working instance of" in done.stderr
