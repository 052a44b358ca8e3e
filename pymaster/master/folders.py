"""folders - the directories that the mail system needs at start, made where that is safe, named where it is not.

As root the users and the spool must have been set up (`pymaster setup`); without, everything belongs to whoever
starts, and missing folders are made.
"""

import grp
import os
import pwd

from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import Snapshot
from pymaster.util.errors import Fatal

# name, mode, whether it belongs to the mail owner (else to root), whether its group is setgid_group (postfix-files)
SPOOL = (
    ("pid", 0o755, False, False),
    ("private", 0o700, True, False),
    # Others may pass through: sendmail has no set-gid, pickup asks the kernel whose submission it is.
    ("public", 0o711, True, True),
    ("maildrop", 0o730, True, True),
    ("queue", 0o700, True, False),
)
REMEDY = "`pymaster setup` makes it"


def prepare(snapshot: Snapshot) -> tuple[int, int] | None:
    """Make what is missing; returns (uid, gid) of the mail owner, None when not root. Raises Fatal, one clear line."""
    core = snapshot[CoreParams]
    if os.geteuid() != 0:
        for path in (core.queue_directory, core.data_directory):
            make(path, 0o755 if path == core.queue_directory else 0o700)
        for name, mode, _, _ in SPOOL:
            make(os.path.join(core.queue_directory, name), mode)
        return None
    owner, group = identities(core.mail_owner, core.setgid_group)
    for path in (core.queue_directory, core.data_directory):
        if not os.path.isdir(path):
            raise Fatal(f"{path}: no such directory; {REMEDY}")
    for name, mode, owned, grouped in SPOOL:
        path = os.path.join(core.queue_directory, name)
        if make(path, mode):
            os.chown(path, owner[0] if owned else 0, group if grouped else 0)
    return owner


def identities(mail_owner: str, setgid_group: str) -> tuple[tuple[int, int], int]:
    """((uid, gid) of the mail owner, gid of the submission group); raises Fatal."""
    try:
        entry = pwd.getpwnam(mail_owner)
    except KeyError:
        raise Fatal(f"mail_owner {mail_owner}: no such user; {REMEDY}") from None
    try:
        group = grp.getgrnam(setgid_group).gr_gid
    except KeyError:
        raise Fatal(f"setgid_group {setgid_group}: no such group; {REMEDY}") from None
    if entry.pw_uid == 0:
        raise Fatal(f"mail_owner {mail_owner}: must not be root")
    return (entry.pw_uid, entry.pw_gid), group


def make(path: str, mode: int) -> bool:
    """Make a directory with exactly these rights; False if it is there. Raises Fatal."""
    try:
        os.makedirs(path)
        os.chmod(path, mode)
    except FileExistsError:
        return False
    except OSError as exc:
        raise Fatal(f"{path}: {exc.strerror}") from exc
    return True
