"""safeopen - opening files that somebody else may have prepared as a trap.

A mailbox lies in a folder that its user, or everybody, may write to. So nothing here follows a link in the last
component, everything is opened relative to a held directory descriptor, and what was opened is looked at afterwards
(fstat), never before. The caller has already taken the rights of the mailbox's owner; a file that does not look right
is refused, and refused mail is deferred. Sources: Postfix local(8) SECURITY, CVE-2010-2023, CVE-2020-28007.
"""

import errno
import os
import stat
from dataclasses import dataclass

FILE_MODE, DIRECTORY_MODE = 0o600, 0o700


class Unsafe(Exception):
    """A file or folder that mail will not be written to (or read from); the text says why."""


@dataclass(slots=True, frozen=True)
class Demand:
    """What an opened file must be. `owner`: its uid, None when any will do; `special`: devices and fifos are welcome."""

    owner: int | None = None
    special: bool = False


def open_directory(path: str, dir_fd: int | None = None, *, follow: bool = False) -> int:
    """A descriptor of a directory; raises OSError (ENOTDIR or ELOOP for a link unless `follow`)."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    return os.open(path, flags if follow else flags | os.O_NOFOLLOW, dir_fd=dir_fd)


def split(path: str) -> tuple[str, str]:
    """The folder and the last component of a path; raises Unsafe for a path without a proper last component."""
    folder, _, name = path.rpartition("/")
    if name in ("", ".", "..") or "\0" in path:
        raise Unsafe("not the name of a file")
    return folder or ("/" if path.startswith("/") else "."), name


def open_append(dir_fd: int, name: str, demand: Demand) -> tuple[int, bool]:
    """Open `name` to append to and to read, making it (mode 0600) when it is missing; (descriptor, was made).

    A new file is made with O_EXCL and an old one opened without O_CREAT, so that nobody slips a link between. O_NONBLOCK
    keeps a fifo without a reader from stopping us. Raises OSError or Unsafe.
    """
    base = os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
    for _ in range(3):
        try:
            return _existing(dir_fd, name, base, demand), False
        except FileNotFoundError:
            try:
                fd = os.open(name, base | os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE, dir_fd=dir_fd)
            except FileExistsError:
                continue  # somebody made it just now: look again
            return fd, True
    raise Unsafe("file comes and goes")


def _existing(dir_fd: int, name: str, flags: int, demand: Demand) -> int:
    try:
        fd = os.open(name, flags | os.O_RDWR, dir_fd=dir_fd)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Unsafe("file is a symbolic link") from error
        if error.errno != errno.EACCES:
            raise
        # A file that may be written but not read: a drop box, or a device.
        fd = os.open(name, flags | os.O_WRONLY, dir_fd=dir_fd)
    try:
        check(os.fstat(fd), demand)
    except Unsafe:
        os.close(fd)
        raise
    return fd


def check(found: os.stat_result, demand: Demand) -> None:
    """Raise Unsafe unless the opened file is what was demanded."""
    if not stat.S_ISREG(found.st_mode):
        if demand.special and (stat.S_ISCHR(found.st_mode) or stat.S_ISFIFO(found.st_mode)):
            return
        raise Unsafe("file is not a regular file")
    if found.st_nlink != 1:
        raise Unsafe(f"file has {found.st_nlink} hard links")
    if demand.owner is not None and found.st_uid != demand.owner:
        raise Unsafe("destination is not owned by recipient")


def read_bounded(path: str, limit: int) -> tuple[bytes, os.stat_result, os.stat_result]:
    """The bytes of a small regular file, and what it and its folder are; raises OSError or Unsafe.

    The last component is not followed when it is a link. A file over `limit` bytes is refused whole.
    """
    folder, name = split(path)
    dir_fd = open_directory(folder, follow=True)
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY, dir_fd=dir_fd)
        try:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode):
                raise Unsafe("file is not a regular file")
            if found.st_size > limit:
                raise Unsafe(f"file is larger than {limit} bytes")
            with open(fd, "rb", closefd=False) as file:
                data = file.read(limit + 1)
            if len(data) > limit:
                raise Unsafe(f"file is larger than {limit} bytes")
            return data, found, os.fstat(dir_fd)
        finally:
            os.close(fd)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Unsafe("file is a symbolic link") from error
        raise
    finally:
        os.close(dir_fd)


def make_directories(path: str, mode: int = DIRECTORY_MODE) -> None:
    """Make a folder and its missing parents with the rights of the caller, and make their names durable."""
    missing: list[str] = []
    while path and not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path.rstrip("/"))
    for folder in reversed(missing):
        try:
            os.mkdir(folder, mode)
        except FileExistsError:
            continue
        fd = open_directory(os.path.dirname(folder.rstrip("/")) or ".", follow=True)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
