"""services/pickup.py as a program: one submission by hand, one out of the folder, down to the queue on disk."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pymaster.proto import submission
from pymaster.store.queue import Queue

ROOT = Path(__file__).resolve().parents[3]


def message(text: bytes) -> bytes:
    head = submission.MAGIC + submission.attribute(b"sender", b"www") + submission.recipient(b"u@x.test")
    return head + submission.content(b"Subject: " + text + b"\n\nbody\n") + submission.END


@pytest.fixture
def place(tmp_path: Path) -> Path:
    main = f"queue_directory = {tmp_path}\ndata_directory = {tmp_path}\nmyhostname = h.test\nmyorigin = o.test\n"
    (tmp_path / "main.cf").write_text(main + "mydestination =\nalias_maps =\n")
    (tmp_path / "master.cf").write_text("")
    (tmp_path / "maildrop").mkdir()
    return tmp_path


def session(place: Path, said: bytes, *flags: str) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, str(ROOT / "services" / "pickup.py"), "-S", "-c", str(place), *flags]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, input=said, capture_output=True, cwd=place, timeout=60, env=env, check=False)


def queued(place: Path) -> dict[str, bytes]:
    store = Queue.open(str(place / "queue"), readonly=True)
    try:
        found = {s.envelope.queue_id: b"".join(store.chunks(s.envelope.queue_id)) for s in store.scan()}
        assert all(s.envelope.sender == b"www@o.test" for s in store.scan())
        return found
    finally:
        store.close()


def test_a_submission_is_answered_when_it_is_queued(place: Path) -> None:
    done = session(place, message(b"socket"))
    code, _, queue_id = done.stdout.decode().strip("\n").partition(" ")
    assert code == "250", done.stderr
    assert b"\nSubject: socket\n" in queued(place)[queue_id]
    assert f"{queue_id}: uid={os.getuid()} from=<www>" in done.stderr.decode()


def test_a_wakeup_empties_the_folder(place: Path) -> None:
    (place / "maildrop" / "1").write_bytes(message(b"folder"))
    (place / "maildrop" / "2").write_bytes(message(b"cut short")[:-5])
    (place / "maildrop" / ".unfinished").write_bytes(b"")
    done = session(place, b"W")
    (body,) = queued(place).values()
    assert b"\nSubject: folder\n" in body
    assert sorted(os.listdir(place / "maildrop")) == [".bad-2", ".unfinished"], done.stderr


@pytest.mark.parametrize("said", [submission.MAGIC + b"junk!", message(b"x")[:-6] + b"\xff" * 9])
def test_junk(place: Path, said: bytes) -> None:
    assert session(place, said).stdout == b"501 5.5.2 Error: not a whole submission\n"
    assert queued(place) == {}


def test_a_client_that_leaves_submits_nothing(place: Path) -> None:
    assert session(place, message(b"x")[:-5]).stdout == b""
    assert queued(place) == {}
