"""Giving way: who has got input is served between two pieces of somebody's long work."""

import time

import gevent
from gevent import socket

from pymaster.runtime.turns import sleep


def test_input_of_others_is_seen_between_two_pieces_of_work() -> None:
    near, far = socket.socketpair()
    heard: list[bytes] = []

    def listen() -> None:
        while block := far.recv(1):
            heard.append(block)

    listener = gevent.spawn(listen)
    gevent.sleep(0.01)
    counts = []
    for _ in range(5):
        near.send(b"x")
        sleep(0)
        sleep(0)
        counts.append(len(heard))
    near.close()
    listener.join(5)
    far.close()
    assert counts == [1, 2, 3, 4, 5]


def test_sleep() -> None:
    began = time.monotonic()
    sleep(0.02)
    assert 0.019 < time.monotonic() - began < 5
