"""plainfile - opening a small file of a mailbox, in whose place somebody may have put something else.

Nothing is followed, so nobody is led out of the folder. What is there and is no plain file (a link, a folder, a pipe) is
set aside under another name, and the file counts as missing: better than a mailbox that nobody can open.
"""

from __future__ import annotations

import errno
import os
import stat

from pymaster.store.safeopen import open_directory
from pymaster.util import log

_SAFE = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
# What open says to a link, a folder, a pipe that nobody reads.
_OTHER = frozenset([errno.ELOOP, errno.EISDIR, errno.ENXIO])


def open_plain(dir_fd: int, name: str, flags: int, mode: int = 0o600) -> int:
    """A descriptor of a plain file in a held folder; raises OSError (FileNotFoundError when it is missing)."""
    for _ in range(3):
        try:
            fd = os.open(name, flags | _SAFE, mode, dir_fd=dir_fd)
        except OSError as exc:
            if exc.errno not in _OTHER:
                raise
        else:
            if stat.S_ISREG(os.fstat(fd).st_mode):
                return fd
            os.close(fd)
        set_aside(dir_fd, name, "no plain file")
    raise OSError(errno.EBUSY, "no plain file, again and again", name)


def open_in(folder: str, name: str, flags: int, mode: int = 0o600) -> int:
    """The same in a folder that is not held. Raises OSError."""
    dir_fd = open_directory(folder, follow=True)
    try:
        return open_plain(dir_fd, name, flags, mode)
    finally:
        os.close(dir_fd)


def set_aside(dir_fd: int, name: str, why: str) -> None:
    """Give a file that is of no use another name, for a person to look at, and say so in the log. Raises OSError."""
    log.warning(f"{os.readlink(f'/proc/self/fd/{dir_fd}')}/{name}: {why}, set aside")
    for target in (f"{name}.damaged", f"{name}.damaged-{os.urandom(4).hex()}"):
        try:
            os.rename(name, target, src_dir_fd=dir_fd, dst_dir_fd=dir_fd)
        except FileNotFoundError:
            return  # somebody else was faster
        except (IsADirectoryError, NotADirectoryError, FileExistsError):
            continue  # of another kind than what was set aside before
        except OSError as exc:
            if exc.errno != errno.ENOTEMPTY:
                raise
        else:
            return
