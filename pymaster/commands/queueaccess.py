"""queueaccess - what postsuper(1), postcat(1) and postqueue(1) share: options, rights, the way to the queue.

A command opens the queue as the user who owns it, never as root: whatever it does there must be done under the rights
that the mail system has, and no file of root's may appear in it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pymaster.config import registry
from pymaster.config.params.core import CoreParams
from pymaster.config.params.process import ProcessParams
from pymaster.config.params.qmgr import QmgrParams
from pymaster.config.params.rewriting import RewritingParams
from pymaster.config.snapshot import DEFAULT_DIRECTORY, Snapshot
from pymaster.util.errors import Fatal, LookupFailed

if TYPE_CHECKING:
    from pymaster.store.queue import Queue


ANYONE = "static:anyone"


class NotPermitted(Fatal):
    """The configuration keeps this from this user; exit status EX_NOPERM."""


def load(directory: str = "") -> Snapshot:
    """The configuration that `-c` or MAIL_CONFIG names. Raises ConfigError.

    These commands read single parameters as text: typed topics would have all of them computed, which takes longer than
    the rest of the command.
    """
    for cls in (CoreParams, ProcessParams, QmgrParams, RewritingParams):
        registry.add(cls)
    return Snapshot.load(os.path.abspath(directory or os.environ.get("MAIL_CONFIG") or DEFAULT_DIRECTORY))


def home(snapshot: Snapshot) -> str:
    """The folder of the queue's files."""
    return os.path.join(snapshot.text("queue_directory"), "queue")


def socket_of(snapshot: Snapshot, parameter: str) -> str:
    """The public socket of the service that a parameter names (`queue_service_name`)."""
    return os.path.join(snapshot.text("queue_directory"), "public", snapshot.text(parameter))


def is_privileged(snapshot: Snapshot) -> bool:
    """Whether this user is the superuser or owns the queue."""
    if os.geteuid() == 0:
        return True
    try:
        return os.stat(home(snapshot)).st_uid == os.geteuid()
    except OSError:
        return False


def permit(snapshot: Snapshot, parameter: str, deed: str) -> None:
    """Raise NotPermitted unless `parameter` (authorized_mailq_users, ...) lets this user do `deed`.

    The services ask the kernel and have the last word; this is for a clear answer.
    """
    if os.getuid() == 0 or snapshot.text(parameter) == ANYONE or is_privileged(snapshot):
        return
    from pymaster.dialog.authorized import AuthorizedUsers, name_of
    from pymaster.tables.tableset import TableSet

    uid = os.getuid()
    tables = TableSet(snapshot)
    try:
        if not AuthorizedUsers(snapshot, tables.open, parameter).allowed(uid):
            raise NotPermitted(f"User {name_of(uid)}({uid}) is not allowed to {deed} the mail queue")
    except LookupFailed as exc:
        raise NotPermitted(f"{parameter}: {exc}") from exc
    finally:
        tables.close()


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
