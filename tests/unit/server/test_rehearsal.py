"""Every program's warm-up goes through, opens nothing, and one that fails is one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pymaster.server import programs, rehearsal
from pymaster.server.skeleton import Multi
from pymaster.util import log

ROOT = Path(__file__).resolve().parents[3]
CODE = """
import os, sys, threading
{patch}
def files():
    return os.listdir("/proc/self/fd")
from pymaster.server import programs, rehearsal
cls = programs.load(sys.argv[1])
opened = []
def watch(event, args):
    if event == "socket.connect" or event == "_thread.start_new_thread" or event == "subprocess.Popen":
        opened.append((event, args))
    if event == "open" and args[0] and not str(args[0]).endswith((".py", ".pyc", ".so", "/proc/self/fd")):
        opened.append((event, args))
sys.addaudithook(watch)
before = files()
remark = rehearsal.rehearse(cls)
assert not remark, remark
assert not opened, opened
assert files() == before, files()
assert threading.active_count() == 1
"""


@pytest.mark.parametrize("path", sorted((ROOT / "services").glob("*.py")), ids=lambda path: path.stem)
def test_every_program(path: Path) -> None:
    patch = "" if path.stem in ("local", "virtual", "pipe", "spawn", "postlogd") else "import pymaster.server.green"
    code = CODE.format(patch=patch)
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert not done.stdout, "a warm-up has nothing to say"


def test_a_failure_is_one_line_and_the_log_is_back() -> None:
    class Bad(Multi):
        name = "bad"

        def warm(self) -> None:
            log.info("unseen")
            raise ValueError("no")

    sink, log.LOG.sink = log.LOG.sink, log.MemorySink()
    try:
        assert rehearsal.rehearse(Bad) == "bad: warm-up failed: ValueError: no"
        log.info("seen")
        assert log.LOG.sink.text == "seen\n"
    finally:
        log.LOG.sink = sink


def test_a_hub_is_not_left_behind(tmp_path: Path) -> None:
    (tmp_path / "toy.py").write_text(
        "import gevent\nfrom pymaster.server.service import Multi\n"
        "class Toy(Multi):\n    name = 'toy'\n    def warm(self):\n        gevent.sleep(0)\n"
    )
    assert rehearsal.rehearse(programs.load(str(tmp_path / "toy.py"))) == (
        "toy: warm-up failed: RuntimeError: it made a hub"
    )
    assert rehearsal.rehearse(programs.load(str(ROOT / "services" / "discard.py"))) == ""
