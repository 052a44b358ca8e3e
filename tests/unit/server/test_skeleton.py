import os
import socket

from pymaster.server.skeleton import ON_DEMAND, Connection, Multi, Service, Single, Trigger


def test_shapes_declare_their_loops() -> None:
    assert Multi.green and not Single.green and not Trigger.green
    assert {cls.loop.rpartition(".")[2] for cls in (Multi, Single, Trigger)} == {"multi", "single", "trigger"}
    assert Service.min_procs == ON_DEMAND


def test_a_green_socket_is_made_when_it_is_asked_for() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        conn = Connection(ours)
        made = []
        conn.wrap = lambda raw: made.append(raw) or theirs
        assert conn.peercred() and conn.raw is ours and made == []
        assert conn.sock is theirs and conn.sock is theirs and conn.raw is theirs
        assert made == [ours]
        conn.sock = ours
        assert conn.sock is ours


def test_peercred() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert Connection(ours).peercred() == (os.getpid(), os.getuid(), os.getgid())
