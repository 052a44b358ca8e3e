"""env - one LMDB environment: how it is opened, how transactions begin and end, what its errors mean.

LMDB keeps what it promises only under rules it does not check: default sync mode, never opened twice in a process, never
used after a fork, lock file never replaced, no transaction across a wait. This module is the one place that opens an
environment and begins transactions, and it holds those rules. Engine 0.9 (`lib_version=0`), for its files are the ones
every tool reads.

Errors become few: QueueFull (no room, nothing was applied), StoreUnavailable (not there, no rights, too many readers),
Fatal (input/output error, damage, commit in doubt: the process must end and a new one look at the disk).
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import lmdb

from pymaster.model import control
from pymaster.store.contract import Mark, QueueFull, StoreUnavailable
from pymaster.store.mapping import Mapping
from pymaster.util.errors import Fatal, Panic

T = TypeVar("T")
MAP_SIZE = 64 << 30  # sparse: the disk's floor comes long before
# More than processes that read at once: local(8), virtual(8) and pipe(8) read too, each in a process of its own.
MAX_READERS = 512
# A failed write with less room than this left (bytes) is a full disk, whatever errno says: short writes show as EIO.
FULL_BELOW = 8 << 20
_FILES = ("data.mdb", "lock.mdb")
# Descriptors are looked for below this number: the store is opened at a process's start.
_MAX_FD = 1024
# Where so much room (bytes) is left beyond what is asked for, it is looked at only so often (seconds).
AMPLE, FREE_KEPT = 2 << 30, 0.1


class Env:
    """An open environment with its named tables; `tables` maps a name to the handle that transactions want."""

    def __init__(
        self,
        path: str,
        names: Sequence[str],
        *,
        readonly: bool = False,
        create: bool = False,
        map_size: int = MAP_SIZE,
    ) -> None:
        """Open `path` (a directory, made with mode 0700 if `create`); raises StoreUnavailable, Fatal."""
        self.path, self.readonly, self.pid = path, readonly, os.getpid()
        self.mark: Mark = control.SLOT.writing
        self._free = 0
        self._free_until = 0.0
        self._folder = self._open_folder(create and not readonly)
        self._env: Any = None
        self.mapping = Mapping(os.path.join(os.path.realpath(path), "data.mdb"))
        try:
            self._env = self._open(map_size, create)
            self.tables = self._open_tables(names, create)
            self._home = self._identity()
            # Master looks whether LMDB's lock is still there (opening the lock file once more would drop it silently).
            control.SLOT.put(control.QUEUE, os.stat(os.path.join(path, "lock.mdb")).st_ino)
        except (lmdb.Error, OSError) as exc:
            self.close()
            raise StoreUnavailable(f"open queue {path}: {exc}") from exc

    def _open_folder(self, create: bool) -> int:
        """The folder by descriptor, for the path may be relative and a working directory may change."""
        try:
            if create:
                # Only where its parent is: an absolute path seen from inside a chroot must not become a second queue.
                with contextlib.suppress(FileExistsError):
                    os.mkdir(self.path, 0o700)
            elif not os.path.exists(os.path.join(self.path, "data.mdb")):
                raise StoreUnavailable(f"no queue in {self.path}")
            return os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as exc:
            raise StoreUnavailable(f"open queue {self.path}: {exc.strerror}") from exc

    def _open(self, map_size: int, create: bool) -> Any:
        data = os.path.join(self.path, "data.mdb")
        # The map grows in planned steps, here where no transaction is open: never less than twice what is used.
        used = os.path.getsize(data) if os.path.exists(data) else 0
        while map_size < 2 * used and map_size >= MAP_SIZE:
            map_size *= 2
        umask = os.umask(0o077)
        try:
            env = lmdb.open(
                self.path,
                map_size=map_size,
                max_dbs=16,
                max_readers=MAX_READERS,
                mode=0o600,
                readonly=self.readonly,
                create=create,
                readahead=False,
                max_spare_txns=0,
                lib_version=0,
            )
        finally:
            os.umask(umask)
        self._close_on_exec()
        return env

    def _close_on_exec(self) -> None:
        """LMDB forgets it for one descriptor of data.mdb; a command run by an agent would inherit the queue."""
        ours = self._identity()
        for fd in _descriptors():
            try:
                stat = os.fstat(fd)
            except OSError:
                continue  # not open
            if (stat.st_dev, stat.st_ino) in ours:
                fcntl.fcntl(fd, fcntl.F_SETFD, fcntl.FD_CLOEXEC)

    def _open_tables(self, names: Sequence[str], create: bool) -> dict[str, Any]:
        # Handles opened in a read transaction would end with it. A write transaction that finds all of them writes nothing.
        if self.readonly:
            return {name: self._env.open_db(name.encode(), create=False) for name in names}
        with self._env.begin(write=True) as txn:
            return {name: self._env.open_db(name.encode(), txn=txn, create=create) for name in names}

    def _identity(self) -> list[tuple[int, int]]:
        """(device, inode) of both files; fewer when one is gone."""
        try:
            found = [os.stat(name, dir_fd=self._folder) for name in _FILES]
        except FileNotFoundError:
            return []
        return [(item.st_dev, item.st_ino) for item in found]

    def _check(self) -> None:
        if os.getpid() != self.pid:
            raise Panic(f"queue {self.path} used by process {os.getpid()}, opened by {self.pid}")

    def read(self, buffers: bool = False) -> Any:
        """A read transaction, a context manager; keep it short. Raises StoreUnavailable, Fatal."""
        self._check()
        try:
            return self._begin(buffers)
        except lmdb.ReadersFullError:
            self._env.reader_check()
        try:
            return self._begin(buffers)
        except lmdb.ReadersFullError as exc:
            raise StoreUnavailable("too many readers") from exc

    def _begin(self, buffers: bool = False, write: bool = False) -> Any:
        try:
            return self._env.begin(buffers=buffers, write=write)
        except lmdb.MapResizedError:
            # Another process opened with a larger map.
            self._env.set_mapsize(0)
            return self._env.begin(buffers=buffers, write=write)
        except (lmdb.PanicError, lmdb.CorruptedError, lmdb.BadRslotError) as exc:
            raise Fatal(f"queue {self.path}: {exc}") from exc

    def write(self, work: Callable[[Any], T], need: int = 0) -> T:
        """Run `work` in one write transaction and commit it durably; `need` is about how many bytes it adds.

        Raises QueueFull (nothing was applied) or Fatal (it may have been). An exception of `work` undoes everything.
        """
        self._check()
        if self._identity() != self._home:
            # Two writers at once would follow, and one of two commits would be lost without any error.
            raise Fatal(f"queue {self.path}: its files were replaced")
        try:
            txn = self._begin(write=True)
        except lmdb.Error as exc:
            raise Fatal(f"queue {self.path}: begin: {exc}") from exc
        self.mark(time.monotonic_ns())
        try:
            return self._finish(txn, work, need)
        finally:
            self.mark(0)

    def _finish(self, txn: Any, work: Callable[[Any], T], need: int) -> T:
        number = txn.id()
        try:
            try:
                result = work(txn)
            except BaseException:
                txn.abort()
                raise
            txn.commit()
        except lmdb.Error as exc:
            raise self._explain(exc, number, need) from exc
        return result

    def _explain(self, exc: lmdb.Error, number: int, need: int) -> Exception:
        """What a failed write means. A commit that failed after its last write would show as the newest transaction."""
        if isinstance(exc, lmdb.PanicError | lmdb.CorruptedError | lmdb.BadRslotError):
            return Fatal(f"queue {self.path}: {exc}")
        if self._env.info()["last_txnid"] >= number:
            return Fatal(f"queue {self.path}: commit in doubt: {exc}")
        if isinstance(exc, lmdb.MapFullError):
            return QueueFull("queue map is full")
        if self.free() < need + FULL_BELOW:
            return QueueFull("no space left on the queue's disk")
        return Fatal(f"queue {self.path}: {exc}")

    def has_room(self, need: int) -> bool:
        """Whether `need` bytes fit on the queue's file system and into what the file has to spare (it never shrinks)."""
        now = time.monotonic()
        if now >= self._free_until or self._free < need + AMPLE:
            self._free, self._free_until = self.free(), now + FREE_KEPT
        return self._free >= need or self._free + self.spare() >= need

    def spare(self) -> int:
        """Bytes of the file that deleted rows left behind and new ones will use."""
        self._check()
        with self.read() as txn:
            stats = [txn.stat(table) for table in self.tables.values()]
        used = sum(stat["branch_pages"] + stat["leaf_pages"] + stat["overflow_pages"] for stat in stats)
        pages = int(self._env.info()["last_pgno"]) + 1 - int(used)
        return max(pages, 0) * int(self._env.stat()["psize"])

    def free(self) -> int:
        """Bytes that an ordinary user may still write on the queue's file system."""
        stat = os.fstatvfs(self._folder)
        return stat.f_bavail * stat.f_frsize

    def reader_check(self) -> int:
        """Free the slots of readers that died (they pin old pages); how many."""
        self._check()
        return int(self._env.reader_check())

    def close(self) -> None:
        """Give everything back; harmless in a forked child, which must not touch the locks."""
        if os.getpid() == self.pid:
            control.SLOT.put(control.QUEUE, 0)
            if self._env is not None:
                self._env.close()
            os.close(self._folder)
            self.pid = 0


def _descriptors() -> list[int]:
    """What may be open in this process; there is no /proc in a chroot jail."""
    try:
        return [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:
        return list(range(3, _MAX_FD))
