"""What the spawner tells an administrator, and whom it does not answer."""

import json
import os
import socket
from types import SimpleNamespace
from typing import Any

import pytest

from pymaster.model import control
from pymaster.model.frame import FrameReader
from pymaster.model.mailsession import MailList, MailQuery
from pymaster.server import mailadmin
from pymaster.server.mailworkers import KICK, Worker


def spawner() -> tuple[Any, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    handoff, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    worker = Worker((1000, 0), os.getpid(), ours, handoff, 3)
    worker.sessions = {name: {"session": name, "user": user} for name, user in (("s1", "a"), ("s2", "b"))}
    board = control.Scoreboard.create(5)
    board.slot(3).put(control.CLIENTS, 2)
    board.slot(3).put(control.WORST_GAP, 5_000_000)
    return SimpleNamespace(workers={worker.key: worker}, leaving=[], board=board), theirs


def ask(made: Any, query: MailQuery) -> list[dict[str, Any]]:
    near, far = socket.socketpair()
    mailadmin.answer(made, near, query)
    near.close()
    data, rows = b"", []
    while block := far.recv(65536):
        data += block
    for item in FrameReader(MailList).feed(data):
        assert isinstance(item, MailList)
        rows += json.loads(item.text)
    return rows


def test_sessions_and_workers() -> None:
    made, _ = spawner()
    assert [(row["session"], row["uid"]) for row in ask(made, MailQuery("who"))] == [("s1", 1000), ("s2", 1000)]
    (row,) = ask(made, MailQuery("workers"))
    assert row["clients"] == 2 and row["worst_gap"] == 0.005


def test_kick_reaches_the_sessions_meant() -> None:
    made, peer = spawner()
    assert [row["session"] for row in ask(made, MailQuery("kick", "b"))] == ["s2"]
    assert peer.recv(100) == KICK + b"s2"
    assert ask(made, MailQuery("kick", "", "nosuch")) == []


def test_a_stranger_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = spawner()
    monkeypatch.setattr(mailadmin, "allowed", lambda sock: False)
    assert ask(made, MailQuery("who")) == []


def test_root_and_ourselves_may_ask() -> None:
    near, _ = socket.socketpair()
    assert mailadmin.allowed(near)
