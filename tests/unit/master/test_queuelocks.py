import os
import socket
from pathlib import Path

from pymaster.master.queuelocks import LockProbe, holders, read
from pymaster.master.status import Board, Link
from pymaster.model import control
from pymaster.store.queue import Queue

TEXT = "1: POSIX  ADVISORY  READ  77 fe:00:4242 0 0\n2: FLOCK  ADVISORY  WRITE 78 fe:00:4243 0 EOF\n2: -> POSIX x\n\n"


def link(board: Board, pid: int, inode: int) -> Link:
    ours, _ = socket.socketpair()
    index = board.take()
    made = Link(index, ours, board.board.slot(index), index, pid)
    made.slot.put(control.QUEUE, inode)
    return made


def test_holders() -> None:
    assert holders(TEXT) == {(77, 4242)}


def test_two_misses_in_a_row_are_an_alarm() -> None:
    board, probe = Board(4), LockProbe()
    well, ill, none = link(board, 77, 4242), link(board, 78, 4242), link(board, 79, 0)
    links = [well, ill, none]
    assert probe.check(links, 10.0, TEXT) == []
    assert probe.check(links, 10.5, TEXT) == []  # too early to look
    assert probe.check(links, 11.0, TEXT) == [ill]


def test_a_real_queue_and_the_accident(tmp_path: Path) -> None:
    """Opening and closing the lock file in the process that has the queue open is seen in /proc/locks."""
    queue = Queue.open(str(tmp_path / "q"), create=True)
    inode = control.SLOT.get(control.QUEUE)
    assert inode == os.stat(tmp_path / "q/lock.mdb").st_ino
    assert (os.getpid(), inode) in holders(read())
    (tmp_path / "q/lock.mdb").read_bytes()
    assert (os.getpid(), inode) not in holders(read())
    queue.close()
    assert control.SLOT.get(control.QUEUE) == 0
