"""mailrights - becoming the owner of a mailbox, for good: what a process of root's does before it opens anybody's mail.

Groups, then gid, then uid. A mailbox in a spool folder that a group may write to (Debian's /var/mail, group mail) needs that
group for its lock file: it is kept as the saved gid, for the moments in which `store.privileged` takes it.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat

from pymaster.model.mailplace import MBOX, MailPlace


def become(place: MailPlace, privileged_group: str) -> None:
    """Take the rights of the mailbox's owner, in a process of root's that will not need its own again. Raises OSError."""
    os.umask(0o077)
    group = spool_group(place, privileged_group)
    try:
        os.initgroups(pwd.getpwuid(place.uid).pw_name, place.gid)
    except KeyError:
        os.setgroups([])
    os.setresgid(place.gid, place.gid, place.gid if group is None else group)
    os.setresuid(place.uid, place.uid, place.uid)
    if os.getresuid() != (place.uid,) * 3:
        raise PermissionError(1, "rights were not dropped")


def spool_group(place: MailPlace, name: str) -> int | None:
    """The gid that the lock file of this mbox needs, if its folder is one where that group may write and others not."""
    if place.format != MBOX or not name:
        return None
    try:
        group, folder = grp.getgrnam(name).gr_gid, os.stat(os.path.dirname(place.inbox))
    except (KeyError, OSError):
        return None
    needed = folder.st_gid == group and folder.st_mode & stat.S_IWGRP and not folder.st_mode & stat.S_IWOTH
    return group if needed and folder.st_uid != place.uid else None
