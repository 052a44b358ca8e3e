"""nss - unix:passwd.byname and unix:group.byname: is there such an account? (T09; local_recipient_maps' default)

The answer is the account's passwd(5) or group(5) line. What the file itself says is kept in memory and answered at once;
only a name that is not there goes to the other sources of nsswitch.conf (sssd, LDAP, systemd), which may block, so that
lookup runs through `offload`. The C function is called because Python's `pwd` cannot tell "no such user" from "the
directory is down", and the second must never bounce mail. After chroot(2) the other sources are out of reach: then a name
they might know is a failure, not a "no".
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
from collections.abc import Callable

from pymaster.tables.base import BaseTable, Offload, Request, TableError, Watch, fold
from pymaster.util.errors import LookupFailed
from pymaster.util.passwd import Passwd

# No account name is longer (useradd(8) allows 32; directories more).
MAX_NAME = 256
MAX_BUFFER = 1 << 22
# errno values by which getpwnam_r(3) says "there is none", according to its manual.
_NONE = (0, errno.ENOENT, errno.ESRCH, errno.EBADF, errno.EPERM)
_SOURCES = re.compile(rb"^[ \t]*(passwd|group)[ \t]*:([^#\n]*)", re.MULTILINE)


class Group(ctypes.Structure):
    """struct group of Linux."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("password", ctypes.c_char_p),
        ("gid", ctypes.c_uint32),
        ("members", ctypes.POINTER(ctypes.c_char_p)),
    )


def _passwd_line(found: Passwd) -> bytes:
    head = b"%s:%s:%d:%d" % (found.name or b"", found.password or b"", found.uid, found.gid)
    return b":".join([head, found.gecos or b"", found.home or b"", found.shell or b""])


def _group_line(found: Group) -> bytes:
    members: list[bytes] = []
    while found.members and (member := found.members[len(members)]) is not None:
        members.append(member)
    return b"%s:%s:%d:%s" % (found.name or b"", found.password or b"", found.gid, b",".join(members))


def caller(function: str, shape: type[ctypes.Structure], line: Callable[..., bytes]) -> Callable[[bytes], bytes | None]:
    """A lookup through getpwnam_r(3) or getgrnam_r(3); it raises LookupFailed when a source cannot be asked."""
    native = getattr(ctypes.CDLL(None), function)
    native.restype = ctypes.c_int

    def lookup(name: bytes) -> bytes | None:
        record, result, size = shape(), ctypes.c_void_p(), 4096
        while True:
            buffer = ctypes.create_string_buffer(size)
            code = native(name, ctypes.byref(record), buffer, ctypes.c_size_t(size), ctypes.byref(result))
            if code != errno.ERANGE or size >= MAX_BUFFER:
                break
            size *= 4
        if code == 0 and result.value:
            return line(record)
        if code in _NONE:
            return None
        raise LookupFailed(f"{function}: {os.strerror(code)}")

    return lookup


CALLERS: dict[str, Callable[[], Callable[[bytes], bytes | None]]] = {
    "passwd": lambda: caller("getpwnam_r", Passwd, _passwd_line),
    "group": lambda: caller("getgrnam_r", Group, _group_line),
}


class UnixTable(BaseTable):
    """The accounts or groups of this machine."""

    blocking = True

    def __init__(self, name: str, database: str, offload: Offload | None, etc: str = "/etc") -> None:
        """`database` is passwd or group; `etc` is where its file and nsswitch.conf are. Raises TableError."""
        super().__init__(name)
        try:
            self._watch = Watch(f"{etc}/{database}")
        except OSError as exc:
            raise TableError(f"open {etc}/{database}: {exc.strerror}") from exc
        self.watches.append(self._watch)
        self._offload = offload
        self._call = CALLERS[database]()
        self._sources = sources(f"{etc}/nsswitch.conf", database)
        self._root = os.stat("/")
        self._entries: dict[bytes, bytes] = {}
        if self._sources[:1] == ["files"]:
            self._entries = {line.partition(b":")[0]: line for line in self._watch.read().split(b"\n") if b":" in line}
        # The file alone decides: no other source, and what it says is known.
        self._complete = self._sources == ["files"]

    def find(self, key: bytes) -> bytes | None:
        if not key or len(key) > MAX_NAME or b"\0" in key:
            return None
        found = self._entries.get(key)
        fresh = not self._watch.changed()
        if found is not None and fresh:
            return found
        if self._complete and fresh:
            return None
        root = os.stat("/")
        if (root.st_dev, root.st_ino) != (self._root.st_dev, self._root.st_ino):
            return self._jailed(found)
        return self._offload(self._call, key) if self._offload is not None else self._call(key)

    def _jailed(self, found: bytes | None) -> bytes | None:
        """What can be said when chroot(2) has put the sources out of reach: the file as it was at the start."""
        if found is not None or not set(self._sources) - {"files", "systemd"}:
            return found
        raise LookupFailed(f"{self.name}: the sources in nsswitch.conf cannot be asked after chroot")

    def get(self, key: bytes) -> bytes | None:
        """The account's line."""
        return self.find(fold(key) if self.folds else key)


def sources(path: str, database: str) -> list[str]:
    """The sources of a database in nsswitch.conf(5), without `[actions]`; what the C library takes when there is none."""
    try:
        with open(path, "rb") as file:
            text = file.read(1 << 16)
    except OSError:
        return ["files"]
    for name, rest in _SOURCES.findall(text):
        if name == database.encode():
            words = re.sub(rb"\[[^\]]*\]", b" ", rest).replace(b"\t", b" ").split(b" ")
            return [word.decode("ascii", "replace") for word in words if word]
    return ["files"]


def open_unix(request: Request) -> BaseTable:
    """unix:passwd.byname, unix:group.byname."""
    database, _, order = request.rest.partition(".")
    if order != "byname" or database not in CALLERS:
        raise TableError(f"unknown table: {request.spec}")
    return UnixTable(request.spec, database, request.offload)
