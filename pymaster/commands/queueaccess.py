"""queueaccess - what postsuper(1), postcat(1) and postqueue(1) share: options, rights, the way to the queue.

A command opens the queue as the user who owns it, never as root: whatever it does there must be done under the rights
that the mail system has, and no file of root's may appear in it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import DEFAULT_DIRECTORY, Snapshot
from pymaster.util.errors import Fatal

if TYPE_CHECKING:
    from pymaster.store.queue import Queue


def load(directory: str = "", verbose: int = 0) -> Snapshot:
    """The configuration that `-c` or MAIL_CONFIG names. Raises ConfigError."""
    return Snapshot.load(os.path.abspath(directory or os.environ.get("MAIL_CONFIG") or DEFAULT_DIRECTORY))


def home(snapshot: Snapshot) -> str:
    """The folder of the queue's files."""
    return os.path.join(snapshot[CoreParams].queue_directory, "queue")


def is_privileged(snapshot: Snapshot) -> bool:
    """Whether this user is the superuser or owns the queue."""
    if os.geteuid() == 0:
        return True
    try:
        return os.stat(home(snapshot)).st_uid == os.geteuid()
    except OSError:
        return False


def become_owner(snapshot: Snapshot) -> None:
    """Give up root for the owner of the queue, for good. Raises Fatal when there is no queue."""
    path = home(snapshot)
    try:
        stat = os.stat(path)
    except OSError as exc:
        raise Fatal(f"open queue {path}: {exc.strerror}") from exc
    if os.geteuid() == 0 and stat.st_uid != 0:
        os.setgroups([])
        os.setresgid(stat.st_gid, stat.st_gid, stat.st_gid)
        os.setresuid(stat.st_uid, stat.st_uid, stat.st_uid)
    elif os.geteuid() != stat.st_uid:
        raise Fatal(f"open queue {path}: Permission denied")


def open_queue(snapshot: Snapshot, readonly: bool = True) -> Queue:
    """The queue, opened as its owner. Raises Fatal."""
    from pymaster.store.contract import StoreUnavailable
    from pymaster.store.queue import Queue

    become_owner(snapshot)
    try:
        return Queue.open(home(snapshot), readonly=readonly)
    except StoreUnavailable as exc:
        raise Fatal(str(exc)) from exc
