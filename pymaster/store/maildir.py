"""maildir - messages as files: written in tmp/, made durable, renamed into new/ under a name that a retry knows again.

The name is `TIME.Q<queue id>R<recipient number>.HOST,S=<octets>,W=<octets with CRLF>`, TIME being the message's arrival:
whoever delivers the same message to the same recipient again makes the same name. So a retry after a crash finds
cur/NAME:2,FLAGS and leaves it at that, or replaces new/NAME by identical bytes: no duplicate, whatever the instant of the
kill. The name in tmp/ has the process in it, so two agents with the same message never write one file. The sizes spare
every reader (ours, Dovecot) a look into the file; a mailbox that is read by POP3 or IMAP gets the message's digest, too.

A batch costs two flushes however many files it has: one of the data before the names appear, one of the names before
anyone is told. Everything happens with the rights of the caller, relative to held descriptors of tmp, new and cur;
links in their place are refused. Source: maildir(5), https://cr.yp.to/proto/maildir.html.
"""

import errno
import itertools
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pymaster.store import safeopen
from pymaster.store.durable import Flusher
from pymaster.store.mailbox.deliveries import LARGEST, note_delivery, wanted
from pymaster.util.clock import SYSTEM, Clock

# A file in tmp/ older than this (seconds) belongs to nobody (maildir(5) says 36 hours).
TMP_AGE = 129_600.0
# A message at least this old (seconds) may have been delivered before, so cur/ is searched.
RETRY_AGE = 0.1
# Directories kept open, and names of cur/ remembered for each.
KEPT, REMEMBERED = 64, 20_000

_counter = itertools.count(1)


@dataclass(slots=True)
class Item:
    """One message for one Maildir. `blocks` gives its bytes, anew at each call; `arrival` is wall seconds.

    `limit` is the most bytes a file may have (0: no limit).
    """

    directory: str
    queue_id: str
    recipient: int
    arrival: float
    blocks: Callable[[], Iterable[bytes]]
    limit: int = 0


@dataclass(slots=True)
class Placed:
    """What became of an Item: its name in new/ (or cur/); `error` when it is not there; `again` when it already was."""

    name: str = ""
    error: OSError | safeopen.Unsafe | None = None
    again: bool = False


class _Folder:
    """One Maildir's held descriptors, what new/ is (device, inode), and the base names that lay in cur/ at `seen_at`."""

    __slots__ = ("cur", "identity", "new", "seen", "seen_at", "tmp")

    def __init__(self, identity: tuple[int, int], tmp: int, new: int, cur: int) -> None:
        self.identity, self.tmp, self.new, self.cur = identity, tmp, new, cur
        self.seen: frozenset[str] = frozenset()
        self.seen_at = -1

    def close(self) -> None:
        for fd in (self.tmp, self.new, self.cur):
            os.close(fd)


@dataclass(slots=True)
class _Pending:
    index: int
    folder: _Folder
    fd: int
    temporary: str
    name: str
    item: Item
    size: int


class Maildirs:
    """Delivers to Maildirs; remembers open ones between batches. All calls act with the caller's present rights."""

    def __init__(self, host: str, clock: Clock = SYSTEM) -> None:
        # The characters that maildir(5) sets apart from a host name.
        self._host = host.replace("/", "\\057").replace(":", "\\072")
        self._clock = clock
        self._flusher = Flusher(clock)
        self._folders: dict[tuple[int, str], _Folder] = {}

    def deliver(self, items: Sequence[Item]) -> list[Placed]:
        """Deliver all; one result each, in order. An item that fails does not disturb the others."""
        placed = [Placed() for _ in items]
        pending: list[_Pending] = []
        for index, item in enumerate(items):
            try:
                name = f"{int(item.arrival)}.Q{item.queue_id}R{item.recipient}.{self._host}"
                placed[index].name = name
                entry = self._write(index, self._open(item.directory), name, item)
                if self._delivered_before(entry):
                    placed[index].again = True
                    os.close(entry.fd)
                    _discard(entry.temporary, entry.folder.tmp)
                else:
                    pending.append(entry)
            except (OSError, safeopen.Unsafe) as error:
                placed[index].error = error
        if pending:
            self._publish(pending, placed)
            for entry in pending:
                if placed[entry.index].error is None and entry.size <= LARGEST and wanted(entry.item.directory):
                    note_delivery(entry.item.directory, entry.name, b"".join(entry.item.blocks()))
        return placed

    def close(self) -> None:
        """Give the held descriptors back."""
        for folder in self._folders.values():
            folder.close()
        self._folders.clear()

    def _open(self, directory: str) -> _Folder:
        key = (os.geteuid(), directory)
        folder = self._folders.get(key)
        if folder is not None:
            # The Maildir may have been removed, renamed or made anew since.
            try:
                found = os.stat(f"{directory}/new", follow_symlinks=False)
                if folder.identity == (found.st_dev, found.st_ino):
                    return folder
            except OSError:
                folder.identity = (0, 0)
            self._folders.pop(key).close()
        if len(self._folders) >= KEPT:
            self._folders.pop(next(iter(self._folders))).close()
        folder = self._folders[key] = _open_folder(directory)
        self.collect(folder.tmp)
        return folder

    def _delivered_before(self, entry: _Pending) -> bool:
        """Whether the message lies in new/ or cur/; looked at in this order, in which readers move it."""
        folder = entry.folder
        if self._clock.now() - entry.item.arrival < RETRY_AGE:
            return False
        try:
            os.stat(entry.name, dir_fd=folder.new, follow_symlinks=False)
            return True
        except FileNotFoundError:
            changed = os.fstat(folder.cur).st_mtime_ns
        name = _bare(entry.name)
        if changed != folder.seen_at or self._clock.now() - changed / 1e9 < 1.0:
            names = frozenset([_bare(each) for each in os.listdir(folder.cur) if ".Q" in each])
            if len(names) > REMEMBERED:
                return name in names
            folder.seen, folder.seen_at = names, changed
        return name in folder.seen

    def _write(self, index: int, folder: _Folder, name: str, item: Item) -> _Pending:
        temporary = f"{name},P{os.getpid()}_{next(_counter)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(temporary, flags, safeopen.FILE_MODE, dir_fd=folder.tmp)
        try:
            written = wide = 0
            last = b""
            for block in item.blocks():
                written += len(block)
                wide += len(block) + block.count(b"\n") - block.count(b"\r\n")
                if last == b"\r" and block.startswith(b"\n"):
                    wide -= 1
                last = block[-1:]
                if item.limit and written > item.limit:
                    raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
                count = os.write(fd, block)
                while count < len(block):
                    count += os.write(fd, memoryview(block)[count:])
        except BaseException:
            os.close(fd)
            _discard(temporary, folder.tmp)
            raise
        return _Pending(index, folder, fd, temporary, f"{name},S={written},W={wide}", item, written)

    def _publish(self, pending: list[_Pending], placed: list[Placed]) -> None:
        try:
            self._flusher.flush([entry.fd for entry in pending])
        except OSError as error:
            for entry in pending:
                _discard(entry.temporary, entry.folder.tmp)
                placed[entry.index].error = error
            return
        finally:
            for entry in pending:
                os.close(entry.fd)
        changed: dict[int, list[int]] = {}
        for entry in pending:
            try:
                os.rename(entry.temporary, entry.name, src_dir_fd=entry.folder.tmp, dst_dir_fd=entry.folder.new)
            except OSError as error:
                _discard(entry.temporary, entry.folder.tmp)
                placed[entry.index].error = error
            else:
                placed[entry.index].name = entry.name
                changed.setdefault(entry.folder.new, []).append(entry.index)
        try:
            self._flusher.flush(list(changed))
        except OSError as error:
            # The names may vanish in a power cut: say no, and the retry will find or make them again.
            for index in itertools.chain.from_iterable(changed.values()):
                placed[index].error = error

    def collect(self, tmp: int) -> int:
        """Remove files of ours that a dead process left in an open tmp/; how many."""
        removed = 0
        oldest = self._clock.now() - TMP_AGE
        for entry in os.listdir(tmp):
            try:
                if os.stat(entry, dir_fd=tmp, follow_symlinks=False).st_mtime < oldest:
                    os.unlink(entry, dir_fd=tmp)
                    removed += 1
            except OSError:
                continue  # another agent took it, or it is a folder: neither is in the way
        return removed


def _open_folder(directory: str) -> _Folder:
    """Open a Maildir, making it or what is missing of it; raises OSError or Unsafe."""
    if "\0" in directory:
        raise safeopen.Unsafe("not the name of a folder")
    # A user may well keep ~/Maildir as a link to another disk; with root's rights no link is followed.
    follow = os.geteuid() != 0
    try:
        top = safeopen.open_directory(directory.rstrip("/"), follow=follow)
    except FileNotFoundError:
        safeopen.make_directories(directory.rstrip("/"))
        top = safeopen.open_directory(directory.rstrip("/"), follow=follow)
    opened: list[int] = []
    try:
        for name in ("tmp", "new", "cur"):
            opened.append(_open_part(top, name))
    except BaseException:
        for fd in opened:
            os.close(fd)
        raise
    finally:
        os.close(top)
    found = os.fstat(opened[1])
    return _Folder((found.st_dev, found.st_ino), *opened)


def _open_part(top: int, name: str) -> int:
    try:
        return safeopen.open_directory(name, top)
    except FileNotFoundError:
        try:
            os.mkdir(name, safeopen.DIRECTORY_MODE, dir_fd=top)
        except FileExistsError:
            return safeopen.open_directory(name, top)
        os.fsync(top)
        return safeopen.open_directory(name, top)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise safeopen.Unsafe(f"{name} is not a folder") from error
        raise


def _bare(entry: str) -> str:
    """The name that a delivery makes before it knows sizes."""
    return entry.partition(":")[0].partition(",S=")[0]


def _discard(name: str, dir_fd: int) -> None:
    try:
        os.unlink(name, dir_fd=dir_fd)
    except OSError:
        return  # collect() finds it later
