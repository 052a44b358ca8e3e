"""lmdbfile - one `name.lmdb` file, as Postfix keeps it: no LMDB locks, whole-file fcntl(2) locks instead (lmdb_table(5)).

LMDB's own locking on such a file would let two programs write at once. A lock lasts for one transaction, and no
transaction outlives a call, so a greenlet never switches inside one. Keys and values may end in a NUL byte (Postfix
writes them so) or not; both are found. `lib_version=0` keeps the format of LMDB 0.9, which Postfix's library reads.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
import weakref
from collections.abc import Callable, Iterator

import lmdb

from pymaster.tables.base import TableError
from pymaster.util.clock import SYSTEM
from pymaster.util.errors import LookupFailed

# LMDB's limit, less the NUL: no longer key can be in a file.
MAX_KEY = 510
# How long a reader waits for somebody's rewrite of the file before the lookup counts as failed, and between two tries.
LOCK_WAIT, LOCK_STEP = 5.0, 0.005
# postalias(1) writes these without the NUL, for NIS tools.
YP_KEYS = (b"YP_LAST_MODIFIED", b"YP_MASTER_NAME")

# An environment may be open once per process, and closing any descriptor of the file drops the process's locks on it:
# so every reader of a file in this process shares one object.
_OPEN: weakref.WeakValueDictionary[tuple[int, int], LmdbFile] = weakref.WeakValueDictionary()


class LmdbFile:
    """A file open for reading."""

    def __init__(self, path: str) -> None:
        """Open; raises OSError, TableError."""
        self.path = path
        self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self.env = lmdb.open(
                path, subdir=False, lock=False, readonly=True, create=False, lib_version=0, max_spare_txns=2
            )
        except lmdb.Error as exc:
            os.close(self.fd)
            self.fd = -1
            raise TableError(f"open database {path}: {exc}") from exc
        self._begin = self.env.begin

    @classmethod
    def shared(cls, path: str) -> LmdbFile:
        """The file as this process has it open already, or opened now; raises OSError, TableError."""
        found = os.stat(path)
        opened = _OPEN.get((found.st_dev, found.st_ino))
        if opened is None:
            opened = cls(path)
            seen = os.fstat(opened.fd)
            _OPEN[seen.st_dev, seen.st_ino] = opened
        return opened

    def get(self, key: bytes) -> bytes | None:
        """The value of a key; raises LookupFailed."""
        if not key or len(key) > MAX_KEY:
            return None
        try:
            fcntl.lockf(self.fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as exc:
            self._wait(exc)
        try:
            with self._begin() as txn:
                value = txn.get(key + b"\0")
                if value is None:
                    value = txn.get(key)
        except lmdb.Error as exc:
            value = self._after_growth(key, exc)
        finally:
            fcntl.lockf(self.fd, fcntl.LOCK_UN)
        return value[:-1] if value is not None and value[-1:] == b"\0" else value

    def _after_growth(self, key: bytes, exc: lmdb.Error) -> bytes | None:
        """Another program made the file larger than our map: map it anew and ask again."""
        if not isinstance(exc, lmdb.MapResizedError):
            raise LookupFailed(f"error reading {self.path}: {exc}") from exc
        try:
            self.env.set_mapsize(0)
            with self._begin() as txn:
                value: bytes | None = txn.get(key + b"\0")
                return txn.get(key) if value is None else value
        except lmdb.Error as again:
            raise LookupFailed(f"error reading {self.path}: {again}") from again

    def _wait(self, exc: OSError) -> None:
        """Somebody rewrites the file in place. F_SETLKW would stop every greenlet, so ask again in small steps (in a
        greenlet service `time.sleep` is the cooperative one); no transaction is open meanwhile."""
        deadline = SYSTEM.monotonic() + LOCK_WAIT
        while exc.errno in (errno.EAGAIN, errno.EACCES, errno.EINTR):
            if SYSTEM.monotonic() > deadline:
                break
            time.sleep(LOCK_STEP)
            try:
                fcntl.lockf(self.fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return
            except OSError as again:
                exc = again
        raise LookupFailed(f"lock {self.path}: {exc.strerror}") from exc

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Every key and value in key order; raises LookupFailed. Pages of one transaction each."""
        after = b""
        while page := self._page(after):
            for key, value in page:
                yield _bare(key), _bare(value)
            after = page[-1][0]

    def _page(self, after: bytes, limit: int = 1000) -> list[tuple[bytes, bytes]]:
        try:
            fcntl.lockf(self.fd, fcntl.LOCK_SH)
            with self._begin() as txn, txn.cursor() as cursor:
                if not (cursor.set_range(after) if after else cursor.first()):
                    return []
                rows = [row for row, _ in zip(cursor, range(limit + 1), strict=False)]
        except (OSError, lmdb.Error) as exc:
            raise LookupFailed(f"error reading {self.path}: {exc}") from exc
        finally:
            fcntl.lockf(self.fd, fcntl.LOCK_UN)
        return [row for row in rows if row[0] != after][:limit]

    def close(self) -> None:
        """Give everything back; not for a file that others share."""
        if self.fd >= 0:
            self.env.close()
            os.close(self.fd)
            self.fd = -1

    def __del__(self) -> None:
        if getattr(self, "fd", -1) >= 0:
            self.close()


def _bare(data: bytes) -> bytes:
    return data[:-1] if data.endswith(b"\0") else data


@contextlib.contextmanager
def locked(path: str) -> Iterator[None]:
    """Hold the exclusive lock of an existing file; raises OSError. Waits for readers and writers, so for commands only."""
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.lockf(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def clear(txn: lmdb.Transaction) -> None:
    """Remove every entry."""
    with txn.cursor() as cursor:
        more = cursor.first()
        while more:
            more = cursor.delete()


def change(path: str, map_size: int, work: Callable[[lmdb.Transaction], None], title: str = "") -> None:
    """Run `work(txn)` in one write transaction, again with a larger map when the map is full; raises TableError.

    The file must be private to the caller (a temporary one) or locked. `title` names the table in messages.
    """
    while True:
        env = None
        try:
            env = lmdb.open(
                path, subdir=False, lock=False, lib_version=0, map_size=map_size, max_spare_txns=0, mode=0o600
            )
            with env.begin(write=True) as txn:
                work(txn)
            return
        except lmdb.MapFullError as exc:
            if map_size >= 1 << 40:
                raise TableError(f"error updating {title or path}: {_reason(exc)}") from exc
            map_size *= 2
        except lmdb.Error as exc:
            raise TableError(f"error updating {title or path}: {_reason(exc)}") from exc
        finally:
            if env is not None:
                env.close()


def _reason(exc: lmdb.Error) -> str:
    """The library's words without the name of the function that failed."""
    text = str(exc)
    return text.partition(": ")[2] if text.startswith("mdb_") else text


def put(txn: lmdb.Transaction, key: bytes, value: bytes, *, nul: bool = True) -> None:
    """Store an entry in Postfix's form; raises lmdb.Error."""
    if nul and key not in YP_KEYS:
        key, value = key + b"\0", value + b"\0"
    txn.put(key, value)


def find(txn: lmdb.Transaction, key: bytes) -> bytes | None:
    """The stored key (with or without NUL) under which `key` is in the file; None when it is not."""
    for form in (key + b"\0", key):
        if txn.get(form) is not None:
            return form
    return None
