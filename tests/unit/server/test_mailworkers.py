"""The spawner's view of a worker: letters, sessions, silence."""

import json
import os
import signal
import socket
import subprocess

from pymaster.model import control
from pymaster.server.mailworkers import ENDED, INTERVAL, MISSED, SESSION, Worker


def pair() -> tuple[socket.socket, socket.socket]:
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    left.setblocking(False)
    return left, right


def worker(pid: int = 0) -> tuple[Worker, socket.socket]:
    ours, theirs = pair()
    handoff, _ = pair()
    return Worker((1000, 0), pid or os.getpid(), ours, handoff, 0), theirs


def test_sessions_come_and_go() -> None:
    each, peer = worker()
    peer.send(SESSION + json.dumps({"session": "abc", "user": "u"}).encode())
    peer.send(control.PONG)
    each.unanswered = 2
    each.waiting["abc"] = ("caller", "work")
    each.read()
    assert list(each.sessions) == ["abc"] and each.begun == {"abc"} and not each.unanswered
    peer.send(ENDED + b"abc")
    peer.send(control.USED_UP)
    peer.close()
    each.read()
    assert not each.sessions and each.leaving and each.closed
    each.close()


def test_leaving_says_so_and_a_gone_worker_is_noticed() -> None:
    each, peer = worker()
    each.leave()
    assert peer.recv(10) == control.DRAIN and each.leaving
    peer.close()
    each.say(control.PING)
    assert each.closed


def test_a_silent_worker_is_aborted_then_killed() -> None:
    sleeper = subprocess.Popen(["sleep", "60"])
    os.kill(sleeper.pid, signal.SIGSTOP)
    each, peer = worker(sleeper.pid)
    now = 100.0
    for _ in range(MISSED + 1):
        each.check(now)
        now += INTERVAL
    assert peer.recv(10) == control.PING
    assert -sleeper.wait(5) == signal.SIGABRT, "a stopped process is woken to die"
    each.check(now + INTERVAL)  # nobody of that pid is there any more
    each.check(now + INTERVAL)  # too soon: nothing happens


def test_a_worker_that_does_not_read_is_left_to_the_watchdog() -> None:
    each, peer = worker()
    for _ in range(5000):
        each.say(control.PING)
    assert not each.closed
    peer.close()
