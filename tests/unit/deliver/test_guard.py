import os
import signal
import subprocess
import sys
import time

from pymaster.deliver.guard import Guard
from tests.conftest import ROOT

AGENT = """
import os, sys
from pymaster.deliver.command import Command, argv_of, run
from pymaster.deliver.rights import Rights
line = b"echo $$ > %s; sleep 60 & sleep 60" % sys.argv[1].encode()
run(Command(argv_of(line), "x", Rights(os.getuid(), os.getgid()), 100.0, {b"PATH": b"/bin:/usr/bin"}), [b"mail"])
"""


def gone(pid, within):
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            os.killpg(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_a_killed_agents_command_dies(tmp_path):
    with subprocess.Popen([sys.executable, "-c", AGENT, str(tmp_path / "pid")], cwd=ROOT) as agent:
        until = time.monotonic() + 20
        while time.monotonic() < until and not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text()):
            time.sleep(0.02)
        group = int((tmp_path / "pid").read_text())
        agent.send_signal(signal.SIGKILL)
    assert gone(group, 5)


def start():
    return subprocess.Popen(["/bin/sleep", "30"], start_new_session=True)


def test_only_the_command_under_way_is_killed():
    guard, first = Guard(), start()
    guard.watch(first.pid)
    guard.watch(0)
    guard.close()
    assert first.poll() is None
    first.kill()
    first.wait()


def test_a_helper_that_died_is_replaced():
    guard, child = Guard(), start()
    guard.watch(child.pid)
    guard._process.kill()
    guard._process.wait()
    guard.watch(child.pid)
    assert guard._process.poll() is None
    os.close(guard._pipe)
    assert guard._process.wait(10) == 0
    assert child.wait(10) == -signal.SIGKILL


def test_nothing_is_started_for_nothing():
    guard = Guard()
    guard.watch(0)
    assert guard._process is None
    guard.close()
