"""mailfork - the fork of a mail worker and its way to a user's rights, in the order that leaves nothing of root behind.

Everything of the spawner that is not the worker's is closed first. Then the rights (`store.mailrights`), no_new_privs, a
limit of memory.
"""

from __future__ import annotations

import _socket
import ctypes
import os
import posix
import resource
import signal
import sys
import traceback
from typing import TYPE_CHECKING, Any

from gevent import monkey

from pymaster.config.params.mailbox import MailboxParams
from pymaster.model import control
from pymaster.model.mailplace import MailPlace
from pymaster.server import mailloop
from pymaster.server.mailworkers import Worker
from pymaster.store import mailrights
from pymaster.util import log

if TYPE_CHECKING:
    from pymaster.server.spawner import SpawnerLoop

NAME = "mailbox"
# Seconds that a thread of long work keeps the interpreter while the hub wants it.
SWITCH = 0.002
_NO_NEW_PRIVS = 38
_LIBC = ctypes.CDLL(None, use_errno=True)


def default_signals() -> None:
    """The spawner's own: SIGTERM ends it at once, it holds nothing that could be lost."""
    set_signal = monkey.get_original("signal", "signal")
    set_signal(signal.SIGTERM, signal.SIG_DFL)
    set_signal(signal.SIGCHLD, signal.SIG_DFL)


def master_pid() -> int:
    """The pid of master: our parent, or the parent of the nursery that forked us."""
    parent = os.getppid()
    try:
        with open(f"/proc/{parent}/comm") as file:
            if file.read().strip("\n") != "nursery":
                return parent
        with open(f"/proc/{parent}/stat") as file:
            return int(file.read().rpartition(")")[2].split(" ")[2])
    except (OSError, ValueError, IndexError):
        return parent


def fork(spawner: SpawnerLoop, key: tuple[int, int], place: MailPlace) -> Worker:
    """One more worker; raises OSError."""
    ours, theirs = _pair()
    handoff, given = _pair()
    slot = spawner.free.pop()
    spawner.board.slot(slot).clear()
    pid = posix.fork()
    if pid == 0:
        _child(spawner, place, slot, theirs, given)
    theirs.close()
    given.close()
    return Worker(key, pid, ours, handoff, slot)


def _pair() -> tuple[Any, Any]:
    left, right = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    for sock in (left, right):
        sock.setblocking(False)
    return left, right


def _child(spawner: SpawnerLoop, place: MailPlace, slot: int, status: Any, handoff: Any) -> None:
    """The worker's side of the fork; does not return."""
    code = 1
    try:
        keep = {0, 1, 2, status.fileno(), handoff.fileno(), getattr(log.LOG.sink, "fd", 2)}
        master = os.pidfd_open(spawner.master)
        _close_all_but(keep | {master})
        control.use(spawner.board.slot(slot))
        control.SLOT.put(control.PID, os.getpid())
        with open("/proc/self/comm", "w") as comm:
            comm.write(NAME)
        rename_log()
        drop(place, spawner.params)
        code = mailloop.run(spawner.service.worker(), spawner.order, status, handoff, master)
    except BaseException:
        for line in traceback.format_exc().split("\n"):
            log.warning(line)
    finally:
        log.flush()
        os._exit(code)


def _close_all_but(keep: set[int]) -> None:
    for name in os.listdir("/proc/self/fd"):
        fd = int(name)
        if fd not in keep:
            try:
                os.close(fd)
            except OSError:
                continue  # the listing's own descriptor


def drop(place: MailPlace, params: MailboxParams) -> None:
    """Take the user's rights, for good. Raises OSError; an ordinary user's spawner has only its own."""
    if os.geteuid() == 0:
        mailrights.become(place, params.mailbox_privileged_group)
    elif place.uid != os.geteuid():
        raise PermissionError(1, f"mail of uid {place.uid} needs a mail system that was started by root")
    os.umask(0o077)
    _LIBC.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    if params.mailbox_memory_limit:
        resource.setrlimit(resource.RLIMIT_AS, (params.mailbox_memory_limit,) * 2)
    try:
        os.chdir(place.home or "/")
    except OSError:
        os.chdir("/")
    sys.setswitchinterval(SWITCH)


def rename_log() -> None:
    """Lines carry the worker's own name and number."""
    log.LOG.number = os.getpid()
    name = f"{log.LOG.tag.rpartition('/')[0]}/{NAME}".lstrip("/")
    log.LOG.tag = name
    if hasattr(log.LOG.sink, "tag"):
        log.LOG.sink.tag = name
