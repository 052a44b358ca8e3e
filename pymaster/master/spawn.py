"""spawn - master's side of the nurseries: start them, send them orders, hear who was forked and who exited.

A message is one JSON object in one packet; descriptors travel beside it. A nursery that dies is started again, its
workers become master's own children (subreaper) and live on.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pymaster
from pymaster.model import control
from pymaster.util.fds import send_fds

MODULES = {True: "pymaster.server.green", False: "pymaster.server.plain"}


class Nursery:
    """One running nursery. Until `ready` it is still importing."""

    def __init__(self, green: bool, environment: dict[str, str], before_exec: Callable[[], None] | None = None) -> None:
        self.green = green
        self.ready = False
        self.loaded: set[str] = set()
        self.sock, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", MODULES[green], str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=environment,
                preexec_fn=before_exec,
            )
        self.pid = self.process.pid
        self.sock.setblocking(False)

    def load(self, paths: list[str]) -> None:
        """Have it import programs; it answers with `ready`. Raises OSError."""
        self.loaded.update(paths)
        self.sock.send(control.pack("load", paths=paths))

    def order(self, order: control.Order, fds: list[int]) -> None:
        """Have it fork a worker; raises OSError."""
        send_fds(self.sock, control.pack_order(order), fds)

    def messages(self) -> list[dict[str, Any]]:
        """What it said; raises EOFError when it is gone."""
        found: list[dict[str, Any]] = []
        while True:
            try:
                data = self.sock.recv(control.MAX_MESSAGE)
            except BlockingIOError:
                return found
            except OSError as exc:
                raise EOFError from exc
            if not data:
                if found:
                    return found
                raise EOFError
            found.append(control.unpack(data))

    def end(self) -> None:
        """Close the channel: it leaves by itself."""
        self.sock.close()

    def kill(self) -> None:
        """Make it leave at once."""
        self.process.send_signal(signal.SIGKILL)


def environment(allowed: list[str], source: dict[str, str]) -> dict[str, str]:
    """What nurseries and workers inherit: the names (or NAME=value) of import_environment, and where our code is."""
    kept = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "PYTHONDONTWRITEBYTECODE": "1"}
    for item in allowed:
        name, equals, value = item.partition("=")
        if equals:
            kept[name] = value
        elif name in source:
            kept[name] = source[name]
    kept["PYTHONPATH"] = os.path.dirname(os.path.dirname(os.path.abspath(pymaster.__file__)))
    return kept
