"""who - `pymaster who` and `pymaster kick`: who reads mail just now, in which process, and ending sessions.

Asked of the spawner of mail workers, which answers root and whoever runs the mail system.
"""

import datetime
import json
import os
import socket
import sys
from typing import Any

from pymaster.commands.aligned import aligned
from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import Snapshot
from pymaster.model.frame import FrameReader, encode
from pymaster.model.mailsession import MailList, MailQuery
from pymaster.util.errors import Fatal
from pymaster.util.record import BadRecord

SOCKET = "private/mailbox"


def query(config_directory: str, question: MailQuery) -> list[dict[str, Any]]:
    """What the spawner answers; raises Fatal when it cannot be asked."""
    path = os.path.join(Snapshot.load(config_directory)[CoreParams].queue_directory, SOCKET)
    rows: list[dict[str, Any]] = []
    reader = FrameReader(MailList)
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(10)
            sock.connect(path)
            sock.sendall(encode(question))
            while block := sock.recv(65536):
                for item in reader.feed(block):
                    assert isinstance(item, MailList)
                    rows += json.loads(item.text)
    except PermissionError:
        raise Fatal(f"{path}: only root and the user who runs the mail system may ask") from None
    except (OSError, BadRecord, ValueError):
        raise Fatal("nobody answers: POP3 and IMAP are not running") from None
    return rows


def who(config_directory: str, user: str = "", *, as_json: bool = False, workers: bool = False) -> int:
    """Print sessions, or with `workers` the processes that serve them."""
    rows = query(config_directory, MailQuery("workers" if workers else "who"))
    rows = [row for row in rows if not user or row.get("user") == user]
    if as_json:
        print(json.dumps(rows))
        return 0
    table = _workers(rows) if workers else _sessions(rows)
    sys.stdout.write(aligned(table))
    return 0


def kick(config_directory: str, user: str, session: str = "", *, as_json: bool = False) -> int:
    """End a user's sessions, or one session; 1 when there was none."""
    rows = query(config_directory, MailQuery("kick", user, session))
    if as_json:
        print(json.dumps(rows))
    else:
        print(f"{len(rows)} session{'s' if len(rows) != 1 else ''} ended")
    return 0 if rows else 1


def _sessions(rows: list[dict[str, Any]]) -> list[list[str]]:
    table = [["USER", "SERVICE", "FROM", "TLS", "METHOD", "SINCE", "PID", "SESSION"]]
    for row in sorted(rows, key=lambda row: (row["user"], row["since"])):
        since = datetime.datetime.fromtimestamp(row["since"]).strftime("%b %d %H:%M:%S")
        tls = "yes" if row["tls"] else "no"
        table.append(
            [row["user"], row["service"], row["address"], tls, row["method"], since, str(row["pid"]), row["session"]]
        )
    return table


def _workers(rows: list[dict[str, Any]]) -> list[list[str]]:
    table = [["PID", "UID", "CLIENTS", "SESSIONS", "WORST GAP", ""]]
    for row in rows:
        gap = f"{row['worst_gap'] * 1000:.0f} ms"
        leaving = "leaving" if row["leaving"] else ""
        table.append([str(row["pid"]), str(row["uid"]), str(row["clients"]), str(row["sessions"]), gap, leaving])
    return table
