import os
import socket

from pymaster.server.skeleton import ON_DEMAND, Connection, Multi, Service, Single, Trigger


def test_shapes_declare_their_loops() -> None:
    assert Multi.green and not Single.green and not Trigger.green
    assert {cls.loop.rpartition(".")[2] for cls in (Multi, Single, Trigger)} == {"multi", "single", "trigger"}
    assert Service.min_procs == ON_DEMAND


def test_peercred() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert Connection(ours).peercred() == (os.getpid(), os.getuid(), os.getgid())
