"""index - what a mailbox holds, kept beside it so that nothing has to be parsed again: a snapshot and a log of commits.

`pymaster.index` is a whole View and only ever replaced by rename; `pymaster.log` is appended to, one record per commit, and
begun anew with each snapshot. One process at a time writes, under a lock on the log (an open-file-description lock: it
belongs to this open, is not lost when some other descriptor is closed, and dies with the process); readers take none.

All of it is disposable. What is missing, damaged or of another version is built anew from the mail; modseqs then begin
above all earlier ones (from wall time), and `vanished` knows that it does not know. Nothing is flushed here: after a boot
of the machine the last records may be lost, so what another boot wrote is compared with the mail again, and modseqs jump.
Access.md 5 and 9; RFC 7162.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
from bisect import bisect_left
from collections.abc import Iterator

from pymaster.store.mailbox import snapshot
from pymaster.store.mailbox.columns import Columns
from pymaster.store.mailbox.driver import Change, View
from pymaster.store.mailbox.entry import ORDER, BadIndex, Body, Head, body_of, decode_body, decode_head, encode
from pymaster.store.mailbox.frames import frame, frames, read_from, write_all
from pymaster.store.mailbox.history import History
from pymaster.store.mailbox.plainfile import open_plain
from pymaster.store.mailbox.snapshot import Snapshot
from pymaster.store.mailbox.state import FlagTable, State
from pymaster.store.mailbox.tally import Tally, counted
from pymaster.util import log
from pymaster.util.clock import Clock

INDEX, LOG, CACHE = "pymaster.index", "pymaster.log", "pymaster.cache"
MAX_FILE = 1 << 31
# The log is folded into a new snapshot at this size, or at the snapshot's if that is larger, but at most LOG_MOST.
LOG_LEAST, LOG_MOST = 1 << 17, 1 << 20
# How far modseqs jump when what came after the last record is unknown.
JUMP = 1 << 20
MAGIC = b"PMLOG\0%d%c" % (snapshot.VERSION, ord(ORDER[0]))
LOG_HEADER = len(MAGIC) + 16
# So many changed rows are counted one by one, more by counting all.
FEW = 200
_LOCK = struct.Struct("hhqqi4x")


def boot_id() -> str:
    """What names this run of the machine; "" where there is no such thing."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


_BOOT = boot_id()


def lock(fd: int, kind: int = fcntl.F_WRLCK) -> None:
    """Wait for the lock of an open file; F_UNLCK gives it back."""
    fcntl.fcntl(fd, fcntl.F_OFD_SETLKW, _LOCK.pack(kind, os.SEEK_SET, 0, 0, 0))


class Index:
    """One mailbox's index. `fresh` says why it knows nothing yet ("" once it does)."""

    def __init__(self, dir_fd: int | None, name: str, clock: Clock) -> None:
        """`dir_fd`: a held folder for the files, None for none (then it lives in memory). `name` is for the log."""
        self._dir, self._name, self._clock = dir_fd, name, clock
        self.table, self.head = FlagTable(), Head()
        self._log = -1
        self._id = b""
        self._inode, self._end, self._size, self._limit = 0, 0, 0, LOG_LEAST
        # `_renew`: the next commit writes a snapshot. `_torn`: the log on disk does not belong to the snapshot.
        self._renew = self._torn = False
        self._begin("")
        if dir_fd is not None:
            self._load()

    # Reading.

    def _begin(self, reason: str) -> None:
        base = self._above()
        self.fresh = reason or "missing"
        self.head = Head(highest=base)
        self.history = History(base)
        self.view = View(State(highest=base), self.table)

    def _above(self) -> int:
        """A modseq above all that were ever given here: from the time, since nobody commits more than once in a
        microsecond; when the clock was set back, far above the last that is known."""
        now, known = int(self._clock.now() * (1 << 20)), self.head.highest
        return now if now >= known else known + JUMP

    def _load(self) -> None:
        self._renew = self._torn = False
        try:
            self._read()
        except FileNotFoundError:
            self._begin("missing")
        except (BadIndex, OSError) as exc:
            self._begin(str(exc) or "unreadable")

    def _read(self) -> None:
        for attempt in range(5):
            found = snapshot.load(self._bytes(INDEX), self.table)
            self._open_log()
            header = read_from(self._log, 0, LOG_HEADER) if self._log >= 0 else b""
            if header == MAGIC + found.log:
                break
            if attempt < 4:
                continue
            # A writer is between the two renames, or died there: then the snapshot alone holds everything. Else it is
            # an old one, and nobody knows what has happened since.
            if not found.before or header != MAGIC + found.before:
                raise BadIndex("its log is missing")
            self._torn = True
        self._id = header[len(MAGIC) :]
        self.fresh = ""
        self.head, self.view, self.history = found.head, found.view, found.history
        self._end = self._size = LOG_HEADER
        if not self._torn:
            self._replay(os.fstat(self._log).st_size)
        if found.boot != _BOOT:
            self._distrust()

    def _bytes(self, name: str) -> bytes:
        assert self._dir is not None
        fd = open_plain(self._dir, name, os.O_RDONLY)
        try:
            size = os.fstat(fd).st_size
            if size > MAX_FILE:
                raise BadIndex("too large")
            self._limit = min(max(LOG_LEAST, size), LOG_MOST)
            return read_from(fd, 0, size)
        finally:
            os.close(fd)

    def _open_log(self) -> None:
        self._close_log()
        assert self._dir is not None
        try:
            self._log = open_plain(self._dir, LOG, os.O_RDWR | os.O_APPEND)
            self._inode = os.fstat(self._log).st_ino
        except FileNotFoundError:
            self._inode = 0

    def _distrust(self) -> None:
        """The machine was started since: records may be lost. Have the mail looked at, and let no modseq come twice."""
        self._renew = True
        self.head.highest = self._above()
        self.head.stamp = self.view.stamp = b""
        state = self.view.state
        self.view.state = State(
            state.uids, state.flags, state.modseqs, state.sizes, state.dates, state.saved, self.head.highest,
            state.uidnext,
        )  # fmt: skip

    def poll(self) -> bool:
        """Take in what other processes have committed; whether there was anything. No lock."""
        if self._dir is None:
            return False
        try:
            found = os.stat(LOG, dir_fd=self._dir, follow_symlinks=False)
        except FileNotFoundError:
            self._renew = True
            return False
        if found.st_ino != self._inode:
            if self._log < 0 and self.fresh and found.st_size < LOG_HEADER:
                return False
            self._load()
            return True
        if found.st_size == self._size or self._torn:
            return False
        return self._follow(found.st_size)

    def _follow(self, size: int) -> bool:
        try:
            return self._replay(size)
        except BadIndex:
            # Somebody's commit does not fit ours, which may not have reached the disk: theirs counts.
            self._load()
            return True

    def _replay(self, size: int) -> bool:
        if size < self._end:
            raise BadIndex("the log was cut")
        data = read_from(self._log, self._end, size - self._end)
        columns: Columns | None = None
        head, end = self.head, 0
        for at, payload in frames(data):
            previous, following = decode_head(payload)
            if previous != head.highest:
                raise BadIndex("a gap in the log")
            columns = columns or Columns(self.view)
            head, end = following, at
            body = decode_body(payload)
            columns.apply(head, body)
            self._remember(head, body)
        self._end, self._size = self._end + end, size
        if columns is None:
            return False
        self.head, self.view = head, columns.result(head)
        return True

    def _remember(self, head: Head, body: Body) -> None:
        if body.reset:
            self.history = History(head.highest)
        elif body.gone:
            self.history.add(body.gone, head.highest)

    # Writing.

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Be the one that writes, with everything others have written taken in. Raises OSError."""
        if self._dir is None:
            yield
            return
        self._acquire()
        try:
            yield
        finally:
            if self._log >= 0:
                lock(self._log, fcntl.F_UNLCK)

    def _acquire(self) -> None:
        assert self._dir is not None
        while True:
            if self._log < 0:
                self._log = open_plain(self._dir, LOG, os.O_RDWR | os.O_APPEND | os.O_CREAT)
            lock(self._log)
            try:
                found = os.stat(LOG, dir_fd=self._dir, follow_symlinks=False)
            except FileNotFoundError:
                self._close_log()
                self._renew = True
                continue
            inode = os.fstat(self._log).st_ino
            if inode == found.st_ino:
                break
            # It was replaced while we waited.
            self._close_log()
        if inode != self._inode:
            self._changed_log(inode, found.st_size)
        elif found.st_size != self._end and not (self.fresh or self._torn):
            self._follow(found.st_size)
            if self._end != found.st_size and not self.fresh:
                # Whoever wrote the rest died over it, or it is damaged.
                self._distrust()

    def _changed_log(self, inode: int, size: int) -> None:
        held = self._log
        if size < LOG_HEADER:
            # Just made, by us or by somebody who died over it: what we know, if anything, goes into it.
            self._inode, self._renew = inode, True
            return
        self._log = -1
        self._load()
        # `_load` opened the log once more; the lock belongs to the first descriptor.
        self._close_log()
        self._log, self._inode = held, inode

    def commit(self, change: Change, *, claimed: bool = False) -> View:
        """Make a change known to all; the new view. Call it with the lock held. `claimed`: all recent ones are taken.

        That it cannot be written (full disk) is no failure: the index is disposable.
        """
        anew = bool(self.fresh) or (change.uidvalidity not in (0, self.head.uidvalidity))
        body = body_of(change, reset=anew)
        previous, head = self.head.highest, self._next(change, body, anew=anew)
        columns = Columns(self.view)
        before = self.view
        columns.apply(head, body)
        view = columns.result(head)
        if claimed:
            head.recent_from = head.uidnext
        head.recent = len(view.state.uids) - bisect_left(view.state.uids, head.recent_from)
        head.tally = self._tally(change, before, view, anew=anew).row()
        self._remember(head, body)
        self.head, self.view, self.fresh = head, view, ""
        if self._dir is not None:
            self._write(previous, head, body, whole=anew)
        return view

    def _next(self, change: Change, body: Body, *, anew: bool) -> Head:
        old = self.head
        head = Head(old.highest, old.uidnext, old.uidvalidity, old.mailbox_id, old.recent_from, 0, old.tally)
        if anew:
            head.highest = self._above()
            head.uidnext = 1
            head.recent_from = min([row.uid for row in change.arrived if row.recent], default=0)
        if body.counts:
            head.highest += 1
        if change.arrived:
            head.uidnext = max(head.uidnext, change.arrived[-1].uid + 1)
        head.uidnext = max(head.uidnext, change.uidnext)
        head.recent_from = head.recent_from or head.uidnext
        head.uidvalidity = change.uidvalidity or old.uidvalidity
        head.mailbox_id = change.mailbox_id or old.mailbox_id
        head.stamp = change.stamp
        return head

    def _tally(self, change: Change, before: View, after: View, *, anew: bool) -> Tally:
        if anew or len(change.arrived) + len(change.flags) + len(change.gone) > FEW:
            return counted(after.state, after.table)
        tally = Tally(*self.head.tally)
        for uid in change.gone:
            self._count(tally, before, uid, -1)
        for uid in change.flags:
            self._count(tally, before, uid, -1)
            self._count(tally, after, uid, 1)
        for row in change.arrived:
            self._count(tally, after, row.uid, 1)
        return tally

    @staticmethod
    def _count(tally: Tally, view: View, uid: int, sign: int) -> None:
        row = view.state.position(uid)
        if row >= 0:
            tally.add(view.flags(row), view.state.sizes[row], sign)

    def _write(self, previous: int, head: Head, body: Body, *, whole: bool) -> None:
        try:
            if not (whole or self._renew or self._torn):
                data = frame(encode(previous, head, body))
                write_all(self._log, data)
                self._end += len(data)
                self._size = self._end
            if whole or self._renew or self._torn or self._end > self._limit:
                self._rewrite(whole=whole)
        except OSError as exc:
            if not self._renew:
                log.warning(f"{self._name}: cannot write its index: {exc.strerror}")
            self._renew = True

    def _rewrite(self, *, whole: bool) -> None:
        """A new snapshot and, after it, a new log whose only record is the head (for `peek`).

        The old log goes with the new snapshot until then, which says so. Where there is none that does (`whole`), the new
        log comes first: without a snapshot it says nothing.
        """
        name = os.urandom(16)
        data = snapshot.dump(Snapshot(self.head, self.view, self.history, name, b"" if whole else self._id, _BOOT))
        self._limit = min(max(LOG_LEAST, len(data)), LOG_MOST)
        fd = self._temporary(INDEX)
        try:
            write_all(fd, data)
        finally:
            os.close(fd)
        fd = self._temporary(LOG)
        lock(fd)
        first = MAGIC + name + frame(encode(self.head.highest, self.head, Body()))
        try:
            write_all(fd, first)
            for each in (LOG, INDEX) if whole else (INDEX, LOG):
                os.rename(f"{each}.tmp", each, src_dir_fd=self._dir, dst_dir_fd=self._dir)
        except BaseException:
            os.close(fd)
            raise
        self._close_log()
        self._log, self._inode, self._id = fd, os.fstat(fd).st_ino, name
        self._renew = self._torn = False
        self._end = self._size = len(first)

    def _temporary(self, name: str) -> int:
        assert self._dir is not None
        return open_plain(self._dir, f"{name}.tmp", os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)

    def _close_log(self) -> None:
        if self._log >= 0:
            os.close(self._log)
            self._log = -1

    def close(self) -> None:
        """Give the descriptor of the log back (the folder's belongs to the caller)."""
        self._close_log()


def peek(dir_fd: int) -> Head | None:
    """The head after the last commit, without loading anything; None when there is no index that can be trusted."""
    try:
        fd = os.open(LOG, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=dir_fd)
    except OSError:
        return None
    try:
        data = read_from(fd, 0, LOG_MOST * 4)
    finally:
        os.close(fd)
    if not data.startswith(MAGIC):
        return None
    payload = None
    for _, each in frames(data, LOG_HEADER):
        payload = each
    try:
        return None if payload is None else decode_head(payload)[1]
    except BadIndex:
        return None
