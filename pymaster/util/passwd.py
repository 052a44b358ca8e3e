"""passwd - users of this machine, with "there is none" told apart from "nobody knows just now".

`pwd.getpwnam` says KeyError for both, and so mail for every user would bounce while a directory server is down. The C
library's getpwnam_r(3) tells them apart. Calls block for as long as the name service does.
"""

import ctypes
import errno
import os
from collections.abc import Callable
from dataclasses import dataclass

from pymaster.util.errors import LookupFailed

# What name services return for "no such user" besides success without a result (getpwnam(3)).
_ABSENT = (0, errno.ENOENT, errno.ESRCH, errno.EBADF, errno.EPERM)
_MAX_BUFFER = 1 << 20


@dataclass(slots=True, frozen=True)
class User:
    """One entry of the user database."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str
    gecos: str = ""


class Passwd(ctypes.Structure):
    """struct passwd of Linux, as the functions of the C library fill it."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("password", ctypes.c_char_p),
        ("uid", ctypes.c_uint32),
        ("gid", ctypes.c_uint32),
        ("gecos", ctypes.c_char_p),
        ("home", ctypes.c_char_p),
        ("shell", ctypes.c_char_p),
    )


_LIBC = ctypes.CDLL(None)


def by_name(name: bytes) -> User | None:
    """The user called `name`; None when there is none. Raises LookupFailed."""
    if not name or len(name) > 255 or b"\0" in name or b":" in name or b"\n" in name:
        return None
    return _ask(_LIBC.getpwnam_r, ctypes.c_char_p(name))


def by_uid(uid: int) -> User | None:
    """The user with the number `uid`; None when there is none. Raises LookupFailed."""
    return _ask(_LIBC.getpwuid_r, ctypes.c_uint32(uid))


def _ask(function: Callable[..., int], key: ctypes.c_char_p | ctypes.c_uint32) -> User | None:
    size = 4096
    while True:
        entry, result = Passwd(), ctypes.POINTER(Passwd)()
        buffer = ctypes.create_string_buffer(size)
        failed = function(key, ctypes.byref(entry), buffer, ctypes.c_size_t(size), ctypes.byref(result))
        if failed == errno.ERANGE and size < _MAX_BUFFER:
            size *= 4
            continue
        if result:
            return User(
                os.fsdecode(entry.name or b""),
                entry.uid,
                entry.gid,
                os.fsdecode(entry.home or b""),
                os.fsdecode(entry.shell or b""),
                os.fsdecode(entry.gecos or b""),
            )
        if failed in _ABSENT:
            return None
        raise LookupFailed(f"user database: {os.strerror(failed)}")
