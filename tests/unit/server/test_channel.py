import os
import socket
from pathlib import Path

from pymaster.model import control
from pymaster.server.channel import Channel
from pymaster.util.fds import send_fds


def pair() -> tuple[Channel, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.settimeout(2)
    return Channel(ours), theirs


def test_ping_drain_and_end() -> None:
    channel, master = pair()
    assert channel.poll() is False
    master.send(control.PING)
    assert channel.poll() is False
    assert master.recv(10) == control.PONG
    master.send(control.PING)
    master.send(control.DRAIN)
    assert channel.poll() is True
    assert not channel.closed
    master.close()
    channel.poll()
    assert channel.closed


def test_ready_says_what_it_is() -> None:
    channel, master = pair()
    channel.ready(pid=1, min_procs=-1)
    assert master.recv(100) == b'R{"pid": 1, "min_procs": -1}'


def test_a_new_log_takes_the_place_of_the_old(tmp_path: Path) -> None:
    channel, master = pair()
    channel.log_fd = os.open(tmp_path / "old", os.O_WRONLY | os.O_CREAT)
    fresh = os.open(tmp_path / "new", os.O_WRONLY | os.O_CREAT)
    send_fds(master, control.LOG, [fresh])
    assert channel.poll() is False
    os.write(channel.log_fd, b"line")
    assert (tmp_path / "new").read_bytes() == b"line"
    os.close(channel.log_fd)
    os.close(fresh)


def test_a_full_channel_never_blocks() -> None:
    channel, _master = pair()
    for _ in range(10000):
        channel.send(control.BUSY)
    assert not channel.closed
