"""mailadmin - what the spawner answers an administrator: who is connected, and ending sessions."""

from __future__ import annotations

import json
import os
import socket
import struct
from typing import TYPE_CHECKING, Any

from pymaster.model import control
from pymaster.model.frame import encode
from pymaster.model.mailsession import MailList, MailQuery
from pymaster.server.mailworkers import KICK
from pymaster.util import log

if TYPE_CHECKING:
    from pymaster.server.spawner import SpawnerLoop

# Rows in one record, well below a frame's limit.
ROWS = 500


def allowed(sock: Any) -> bool:
    """Whether the peer is root, or whoever runs this mail system."""
    credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", credentials)
    return uid in (0, os.geteuid())


def answer(spawner: SpawnerLoop, sock: Any, query: MailQuery) -> None:
    """Answer a query and leave; who may not ask gets nothing."""
    if not allowed(sock):
        log.warning("a stranger asked for sessions")
        return
    rows = workers(spawner) if query.verb == "workers" else sessions(spawner)
    if query.verb == "kick":
        rows = [row for row in rows if query.user in ("", row["user"]) and query.session in ("", row["session"])]
        for worker in [*spawner.workers.values(), *spawner.leaving]:
            for row in rows:
                if row["session"] in worker.sessions:
                    worker.say(KICK + row["session"].encode())
    pieces = [rows[at : at + ROWS] for at in range(0, len(rows), ROWS)] or [[]]
    out = [encode(MailList(json.dumps(piece), piece is pieces[-1])) for piece in pieces]
    sock.setblocking(True)
    sock.settimeout(2.0)
    try:
        sock.sendall(b"".join(out))
    except OSError as exc:
        log.debug(f"administrator went away: {exc.strerror}")


def sessions(spawner: SpawnerLoop) -> list[dict[str, Any]]:
    """Every session with its worker's pid and uid."""
    return [
        {**facts, "pid": worker.pid, "uid": worker.uid}
        for worker in [*spawner.workers.values(), *spawner.leaving]
        for facts in worker.sessions.values()
    ]


def workers(spawner: SpawnerLoop) -> list[dict[str, Any]]:
    """Every worker with the figures it keeps on the scoreboard; the worst time its hub was kept is in seconds."""
    rows = []
    for worker in [*spawner.workers.values(), *spawner.leaving]:
        slot = spawner.board.slot(worker.slot)
        rows.append(
            {
                "pid": worker.pid,
                "uid": worker.uid,
                "clients": slot.get(control.CLIENTS),
                "sessions": slot.get(control.SESSIONS),
                "worst_gap": slot.get(control.WORST_GAP) / 1e9,
                "leaving": worker.leaving,
            }
        )
    return rows
