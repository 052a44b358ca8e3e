"""maildirfiles - one Maildir's folders held open: listing, finding, reading and durably changing what is in them.

Everything is relative to held descriptors and no link is followed, so that nothing outside of the Maildir is ever opened.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable
from dataclasses import astuple, dataclass

from pymaster.store.durable import Flusher
from pymaster.store.mailbox import keywords, uidlist
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.maildirname import NEW, base_of, usable
from pymaster.store.maildir import TMP_AGE
from pymaster.store.safeopen import DIRECTORY_MODE, open_directory
from pymaster.util.clock import Clock

# An mtime may not change with what happens within the same tick; a folder is looked at again when it has been quiet for
# this long (ns).
QUIET = 1_000_000_000
_STAMP = struct.Struct("<7q")


@dataclass(slots=True)
class Look:
    """What a few stat calls say: mtimes of the folders, the uidlist's inode, size and mtime, the keywords' mark."""

    new: int
    cur: int
    inode: int
    size: int
    listed: int
    keywords: int

    def stamp(self, at: int) -> bytes:
        """For the index; `at` is when one looked (ns)."""
        return _STAMP.pack(*astuple(self), at)

    @property
    def uidlist(self) -> tuple[int, int, int]:
        """Whether it is the same uidlist."""
        return self.inode, self.size, self.listed


def of_stamp(stamp: bytes) -> tuple[Look, int] | None:
    """(what was seen, when), None for a stamp that says nothing."""
    if len(stamp) != _STAMP.size:
        return None
    *seen, at = _STAMP.unpack(stamp)
    return Look(*seen), at


class MaildirFiles:
    """Descriptors of a Maildir and its parts. `parent` is a held folder, `name` the Maildir in it ("" for itself)."""

    def __init__(self, parent: int, name: str, path: str, clock: Clock) -> None:
        """Raises OSError (FileNotFoundError when it is not there)."""
        self.path, self.clock = path, clock
        self._parent, self._name = parent, name
        self.flusher = Flusher(clock)
        self.root = open_directory(name or ".", parent)
        self._held = [self.root]
        try:
            self.new, self.cur, self.tmp = (self._part(part) for part in ("new", "cur", "tmp"))
        except BaseException:
            self.close()
            raise
        self.inode = os.fstat(self.root).st_ino
        self._collect()

    def _part(self, name: str) -> int:
        try:
            fd = open_directory(name, self.root)
        except FileNotFoundError:
            os.mkdir(name, DIRECTORY_MODE, dir_fd=self.root)
            fd = open_directory(name, self.root)
        self._held.append(fd)
        return fd

    def _collect(self) -> None:
        """Remove what dead processes left in tmp/ (maildir(5): after 36 hours)."""
        oldest = self.clock.now() - TMP_AGE
        for name in os.listdir(self.tmp):
            try:
                if os.stat(name, dir_fd=self.tmp, follow_symlinks=False).st_mtime < oldest:
                    os.unlink(name, dir_fd=self.tmp)
            except OSError:
                continue  # another one took it, or it is a folder: neither is in the way

    def look(self) -> Look:
        """Raises MailboxError NONEXISTENT when the Maildir is no longer at its place."""
        new, cur = os.fstat(self.new), os.fstat(self.cur)
        if not cur.st_nlink or not new.st_nlink or not self._in_place():
            raise MailboxError("NONEXISTENT", "Mailbox was deleted or renamed")
        listed, words = self._stat(uidlist.NAME), self._stat(keywords.NAME)
        inode, size, mtime = (listed.st_ino, listed.st_size, listed.st_mtime_ns) if listed else (0, 0, 0)
        return Look(new.st_mtime_ns, cur.st_mtime_ns, inode, size, mtime, keywords.mark(words) if words else 0)

    def _in_place(self) -> bool:
        if not self._name:
            return True
        try:
            return os.stat(self._name, dir_fd=self._parent, follow_symlinks=False).st_ino == self.inode
        except FileNotFoundError:
            return False

    def _stat(self, name: str) -> os.stat_result | None:
        try:
            return os.stat(name, dir_fd=self.root, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def now(self) -> int:
        """Wall time in ns."""
        return int(self.clock.now() * 1e9)

    def listing(self) -> list[str]:
        """The places of all messages."""
        # A file that is moved from new/ to cur/ between the two is seen twice rather than not at all.
        new = [NEW + name for name in os.listdir(self.new) if usable(name)]
        return [*filter(usable, os.listdir(self.cur)), *new]

    def at(self, place: str) -> tuple[int, str]:
        """(folder, name) of a place."""
        return (self.new, place[len(NEW) :]) if place.startswith(NEW) else (self.cur, place)

    def stat(self, place: str) -> os.stat_result | None:
        """A message's file; None when it is not there or no plain file."""
        folder, name = self.at(place)
        try:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        return found if stat.S_ISREG(found.st_mode) else None

    def read(self, place: str) -> bytes | None:
        """A message's bytes as they are on disk; None when there is no such plain file. Raises OSError."""
        folder, name = self.at(place)
        try:
            fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder)
        except FileNotFoundError:
            return None
        try:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode):
                return None
            data = os.read(fd, found.st_size + 1)
            while len(data) < found.st_size:
                block = os.read(fd, found.st_size - len(data))
                if not block:
                    break
                data += block
            return data
        finally:
            os.close(fd)

    def find(self, place: str) -> str | None:
        """Where a message is whose file is no longer at its place: flags are set by renaming it."""
        return self.finder().get(base_of(place))

    def finder(self) -> dict[str, str]:
        """Places by base name."""
        return {base_of(place): place for place in self.listing()}

    def rename(self, old: str, new: str) -> None:
        """Rename within the Maildir; raises OSError."""
        (source, name), (target, other) = self.at(old), self.at(new)
        os.rename(name, other, src_dir_fd=source, dst_dir_fd=target)

    def unlink(self, place: str) -> None:
        """Remove a file; raises OSError."""
        folder, name = self.at(place)
        os.unlink(name, dir_fd=folder)

    def flush(self, places: Iterable[str]) -> None:
        """Make the names at these places (or their absence) durable."""
        self.flusher.flush(self.folders(places))

    def folders(self, places: Iterable[str]) -> list[int]:
        """The folders in which these places are."""
        return sorted({self.new if place.startswith(NEW) else self.cur for place in places})

    def close(self) -> None:
        """Give the descriptors back."""
        held, self._held = self._held, []
        for fd in held:
            os.close(fd)
