"""postqueue without a mail system, and its wrong uses. (Beside one: tests/system/test_queue_commands.py.)"""

import subprocess
import sys
from pathlib import Path

import pytest

from pymaster.commands import postqueue
from pymaster.proto import submission
from pymaster.store.contract import Insert
from tests.queues import message, open_queue

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def etc(tmp_path: Path) -> str:
    (tmp_path / "main.cf").write_text(f"queue_directory = {tmp_path}\nmaillog_file = {tmp_path}/log\n")
    (tmp_path / "log").touch()
    return str(tmp_path)


@pytest.mark.parametrize(
    "args", [[], ["-p", "-j"], ["-x"], ["-p", "word"], ["-i", "bad/id"], ["-i", ""], ["-s", "a b"], ["-s", "[x\n]"]]
)
def test_wrong_use(etc: str, args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert postqueue.main(["-c", etc, *args]) == 64
    assert capsys.readouterr().err.startswith("postqueue: fatal: ")


@pytest.mark.parametrize("args", [["-f"], ["-i", "AAAA01"], ["-s", "example.org"], ["-s", "[192.0.2.1]"]])
def test_flush_while_down(etc: str, args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert postqueue.main(["-c", etc, *args]) == 69
    assert capsys.readouterr().err == "postqueue: fatal: Cannot flush mail queue - mail system is down\n"


def test_list_while_down(etc: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queue = open_queue(tmp_path)
    queue.commit([Insert(message("AAAA01"))])
    queue.close()
    (tmp_path / "maildrop").mkdir()
    dropped = (
        submission.MAGIC + submission.attribute(b"sender", b"me@x") + submission.recipient(b"a@b") + submission.END
    )
    (tmp_path / "maildrop/1A").write_bytes(dropped)
    assert postqueue.main(["-c", etc, "-p"]) == 0
    out, err = capsys.readouterr()
    assert "in 2 Requests." in out and "  me@x\n" in out
    assert "Mail system is down -- accessing queue directly (Connect to the" in err


def test_no_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert postqueue.main(["-c", str(tmp_path / "none"), "-p"]) == 1
    assert "fatal: " in capsys.readouterr().err


def test_it_starts_without_engines() -> None:
    code = "import sys, pymaster.commands.postqueue; print([m for m in ('gevent', 'lmdb') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout == b"[]\n"
