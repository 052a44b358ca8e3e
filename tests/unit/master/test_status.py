import os
import signal
import socket
import subprocess
import sys

from pymaster.master.status import Board, Link, Watchdog, exists, process_state
from pymaster.model import control


def linked(board: Board, pid: int = 1, ready: bool = True) -> tuple[Link, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    index = board.take()
    return Link(1, ours, board.board.slot(index), index, pid, ready), theirs


def test_silence_is_aborted_then_killed() -> None:
    link, theirs = linked(Board(4))
    dog = Watchdog(2, 8, 2)
    now = 100.0
    assert dog.check([link], now) == []
    assert theirs.recv(10) == control.PING
    link.silent_since = 0.0  # the pong
    verdicts = []
    while now < 120:
        now += 0.5
        verdicts += [(now, number) for _, number, _ in dog.check([link], now)]
    assert verdicts[:2] == [(110.5, signal.SIGABRT), (112.5, signal.SIGKILL)]


def test_a_start_that_hangs_is_found() -> None:
    link, _ = linked(Board(4), ready=False)
    link.started = 100.0
    dog = Watchdog(2, 8, 2)
    assert dog.check([link], 159) == []
    assert dog.check([link], 161)[0][1] == signal.SIGABRT


def test_the_writer_lock_is_not_held_for_long() -> None:
    link, _ = linked(Board(4), pid=os.getpid())
    link.slot.writing(int(100e9))
    dog = Watchdog(2, 8, 2)
    assert dog.check([link], 101.9) == []
    ((_, number, reason),) = dog.check([link], 102.1)
    assert number == signal.SIGKILL
    assert reason == "held the queue's writer lock for 2.1 s"


def test_letters_and_the_end() -> None:
    link, theirs = linked(Board(4))
    theirs.send(control.READY + b"{}")
    theirs.send(control.BUSY)
    assert link.letters() == [b"R{}", b"B"]
    theirs.close()
    assert link.letters() == [b""]
    link.tell(control.PING)  # nobody there: found elsewhere


def test_slots_are_cleared_for_the_next_worker() -> None:
    board = Board(1)
    index = board.take()
    board.board.slot(index).put(control.CLIENTS, 5)
    board.give_back(index)
    assert board.board.slot(board.take()).get(control.CLIENTS) == 0


def test_process_state() -> None:
    assert process_state(os.getpid()) == "R"
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    assert not exists(child.pid)
