import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# The front of a keeper whose checkers answer with their pid, log, hang or die as they are told.
PROGRAM = """
import json, os, select, sys, time
from pymaster.server import authkeeper
from pymaster.server.authkeeper import KILL, START
from pymaster.model.authtask import AuthReady, AuthSaid
from pymaster.util import log
from pymaster.util.record import decode, load_row

def work(sock, bind):
    bind()
    sock.send(AuthReady(os.getpid()).pack())
    while data := sock.recv(1000):
        if data == b"die": os._exit(3)
        if data == b"raise": raise ValueError("a secret")
        if data == b"log": log.warning("from below")
        if data == b"fds": sock.send(json.dumps(sorted(os.listdir("/proc/self/fd"))).encode()); continue
        sock.send(data)

def ask(slot, data):
    slot.send(data)
    return slot.recv(1000)

def ready(slot):
    slot.settimeout(10)
    return decode(load_row(slot.recv(1000))).pid

ends = authkeeper.launch(work, 3)
one, two, three = ends.slots
ends.control.send(START + bytes([0]))
ends.control.send(START + bytes([1]))
first = ready(one)
out = {"pids": [first, ready(two)], "keeper": ends.pid}
out["echo"] = ask(one, b"x").decode()
one.send(b"log")
out["said"] = [decode(load_row(one.recv(1000))).lines, one.recv(1000).decode()]
time.sleep(1.1)
one.send(b"die")
out["after_death"] = ready(one) != first
out["again"] = ask(one, b"y").decode()
ends.control.send(KILL + bytes([1]))
out["after_kill"] = ready(two) != out["pids"][1]
two.send(b"raise")
out["raised"] = list(decode(load_row(two.recv(1000))).lines)
begin = time.monotonic()
ready(two)
out["soon_again"] = 0.5 < time.monotonic() - begin < 5
out["fds"] = len(json.loads(ask(one, b"fds")))
three.settimeout(0.2)
try:
    three.recv(10)
except TimeoutError:
    out["third_was_not_started"] = True
print(json.dumps(out))
"""


def test_starts_restarts_and_kills() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    out = json.loads(done.stdout)
    assert out["echo"] == "x" and out["said"] == [["warning: from below"], "log"]
    assert out["after_death"] and out["again"] == "y" and out["after_kill"] and out["soon_again"]
    assert out["third_was_not_started"] and out["fds"] <= 8
    assert out["raised"] == ["error: checker ended: ValueError"] and "a secret" not in done.stderr
    # Everything ended with the front.
    for pid in [out["keeper"], *out["pids"]]:
        for _ in range(100):
            try:
                state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
            except OSError:
                break
            if state == "Z":
                break
            select_wait()
        else:
            raise AssertionError(f"{pid} is left")


def select_wait() -> None:
    os.sched_yield()
    import select

    select.select([], [], [], 0.05)
