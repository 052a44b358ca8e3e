"""jail - giving up rights: working directory, chroot, uid and gid of the mail owner.

Everything a worker needs from outside is open before (`Service.before_jail`). A chroot is entered only where it can
work: as root, and into a queue directory that exists; else the service runs without, and says so.
"""

import grp
import os
import pwd

from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import Snapshot
from pymaster.util.errors import Fatal


def enter(snapshot: Snapshot, *, chroot: bool, unprivileged: bool) -> None:
    """Change to the queue directory and drop what the master.cf line says; raises Fatal."""
    core = snapshot[CoreParams]
    try:
        os.chdir(core.queue_directory)
    except OSError as exc:
        raise Fatal(f"queue_directory {core.queue_directory}: {exc.strerror}") from exc
    if os.geteuid() != 0:
        return
    owner = identity(core.mail_owner) if unprivileged else None
    if chroot:
        os.chroot(core.queue_directory)
    if owner is not None:
        os.setgroups([])
        os.setresgid(owner[1], owner[1], owner[1])
        os.setresuid(owner[0], owner[0], owner[0])


def identity(user: str) -> tuple[int, int]:
    """(uid, gid) of a user; raises Fatal with the command that would make it."""
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise Fatal(f"mail_owner {user}: no such user; `pymaster setup` makes it") from None
    if entry.pw_uid == 0:
        raise Fatal(f"mail_owner {user}: must not be root")
    return entry.pw_uid, entry.pw_gid


def group(name: str) -> int:
    """The gid of a group; raises Fatal with the command that would make it."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise Fatal(f"setgid_group {name}: no such group; `pymaster setup` makes it") from None
