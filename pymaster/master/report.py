"""report - what runs, as JSON for whoever may ask (`pymaster ps`): private/master in the queue directory, mode 0600."""

import json
import os
import selectors
import socket
from collections.abc import Callable
from typing import Any

from pymaster.master.monitor import proportional, usage
from pymaster.master.signals import forget
from pymaster.master.state import Machine
from pymaster.master.status import Link
from pymaster.model import control

# Relative to the queue directory, where master works.
PATH = "private/master"
BUFFER = 1 << 20


class Reporter:
    """Answers every connection with one JSON text and closes it."""

    def __init__(self, selector: selectors.BaseSelector, facts: Callable[[], dict[str, Any]]) -> None:
        self.selector, self.facts = selector, facts
        self.sock = socket.socket(socket.AF_UNIX)
        if os.path.lexists(PATH):
            os.unlink(PATH)  # the last master was killed
        self.sock.bind(PATH)
        os.chmod(PATH, 0o600)
        self.sock.listen(5)
        self.sock.setblocking(False)
        selector.register(self.sock, selectors.EVENT_READ, self.answer)

    def answer(self) -> None:
        """One client."""
        try:
            client, _ = self.sock.accept()
        except OSError:
            return  # gone again
        with client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
            client.setblocking(False)
            try:
                client.sendall(json.dumps(self.facts()).encode())
            except OSError:
                return  # it did not wait for the answer

    def close(self) -> None:
        """Take the socket away."""
        forget(self.selector, self.sock)
        self.sock.close()
        os.unlink(PATH)


def picture(machine: Machine, links: dict[int, Link], nurseries: dict[str, int]) -> dict[str, Any]:
    """All processes with their numbers; memory in bytes, times in seconds."""
    services = []
    for service in machine.services.values():
        workers = []
        for worker in service.workers.values():
            link = links.get(worker.number)
            facts: dict[str, Any] = {"pid": worker.pid, "state": worker.state, **usage(worker.pid)}
            if link is not None:
                facts["clients"] = link.slot.get(control.CLIENTS)
                facts["sessions"] = link.slot.get(control.SESSIONS)
                facts["worst_gap"] = link.slot.get(control.WORST_GAP) / 1e9
            workers.append(facts)
        services.append(
            {
                "service": service.spec.key,
                "program": os.path.basename(service.spec.program),
                "workers": workers,
                "restarts": service.restarts,
                "last_exit": service.last_exit,
                "throttled": bool(service.throttled_until),
            }
        )
    own = {"master": os.getpid(), **{f"nursery {kind}": pid for kind, pid in nurseries.items()}}
    pids = [*own.values(), *[worker.pid for worker in machine.workers.values() if worker.pid]]
    return {
        "services": services,
        "own": [{"name": name, "pid": pid, **usage(pid)} for name, pid in own.items()],
        "pss": proportional(pids),
    }
