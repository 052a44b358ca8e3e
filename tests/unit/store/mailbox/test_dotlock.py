import os
import socket
import subprocess
import threading
import time

import pytest

from pymaster.store.mailbox import dotlock as module
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.dotlock import dotlock


@pytest.fixture
def folder(tmp_path):
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


def test_it_is_there_while_it_is_held(folder, tmp_path):
    with dotlock(folder, "x.lock"):
        assert (tmp_path / "x.lock").read_text() == f"{os.getpid()}:{socket.gethostname()}"
    assert not (tmp_path / "x.lock").exists()
    with dotlock(folder, "x.lock"):
        (tmp_path / "x.lock").unlink()


def test_another_waits(folder, tmp_path):
    (tmp_path / "x.lock").write_text(f"{os.getpid()}:{socket.gethostname()}")
    timer = threading.Timer(0.1, (tmp_path / "x.lock").unlink)
    begun = time.monotonic()
    timer.start()
    with dotlock(folder, "x.lock"):
        assert time.monotonic() - begun >= 0.1
    timer.join()


def test_one_that_is_kept_too_long(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    (tmp_path / "x.lock").write_text("1:another.host")
    with pytest.raises(MailboxError) as caught, dotlock(folder, "x.lock"):
        pytest.fail("locked twice")
    assert caught.value.code == "INUSE" and (tmp_path / "x.lock").exists()


def ended():
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


@pytest.mark.parametrize(
    ("text", "age"),
    [
        (lambda: f"{ended()}:{socket.gethostname()}", 0.0), (lambda: "1:another.host", 130.0), (lambda: "", 3.0),
        (lambda: f"{os.getpid()}:{socket.gethostname()}", 100_000.0), (lambda: "\udcff", 130.0),
    ],
)  # fmt: skip
def test_abandoned_ones(folder, tmp_path, text, age):
    path = tmp_path / "x.lock"
    path.write_text(text(), errors="surrogateescape")
    os.utime(path, (time.time() - age, time.time() - age))
    begun = time.monotonic()
    with dotlock(folder, "x.lock"):
        assert time.monotonic() - begun < 1
