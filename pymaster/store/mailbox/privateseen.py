"""privateseen - which messages of somebody else's mailbox a user has seen: a set of UIDs of the user's own, in one small file.

One file for each such mailbox, in a folder among the user's control files, called by a hash of the owner's name and the
mailbox's id (which a rename keeps). It holds runs of UIDs, is replaced by rename under a lock, and means nothing once the
mailbox has another UIDVALIDITY. What is in it that cannot be read is set aside: the messages are unseen again, no more.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Iterator

from pymaster.proto.imap.sets import written
from pymaster.store.mailbox.control import read_small, replace_small
from pymaster.store.mailbox.index import lock
from pymaster.store.mailbox.state import State
from pymaster.store.safeopen import open_directory
from pymaster.util import log

FOLDER, _LOCK = "pymaster.seen", "lock"
# Seen UIDs of one mailbox; no mailbox has more messages.
MAX_SEEN = 5_000_000
_HEADER = re.compile(rb"pymaster-seen 1 ([0-9]{1,10}) ([0-9:,]*)\n")
_RUN = re.compile(rb"([1-9][0-9]{0,9})(?::([1-9][0-9]{0,9}))?")


class PrivateSeen:
    """One mailbox's set, for one user."""

    def __init__(self, control: str, owner: str, mailbox_id: str, uidvalidity: int) -> None:
        """`control`: the folder of the user's control files. Nothing is made before the first change. Raises OSError."""
        self._folder = f"{control}/{FOLDER}"
        self._name = hashlib.sha256(f"{owner}\0{mailbox_id}".encode("utf-8", "replace")).hexdigest()[:40]
        self.uidvalidity = uidvalidity
        self._kept: tuple[tuple[int, ...], frozenset[int]] = ((), frozenset())

    def forget(self) -> None:
        """Read the file again: the mailbox has another UIDVALIDITY."""
        self._kept = ((), frozenset())

    def uids(self) -> frozenset[int]:
        """The seen ones; the same object until they change. Costs one stat(2) then. Raises OSError."""
        try:
            found = os.stat(f"{self._folder}/{self._name}", follow_symlinks=False)
            key: tuple[int, ...] = (found.st_ino, found.st_mtime_ns, found.st_size)
        except FileNotFoundError:
            key = ()
        if self._kept[0] != key:
            self._kept = (key, self._read() if key else frozenset())
        return self._kept[1]

    def _read(self) -> frozenset[int]:
        fd = open_directory(self._folder)
        try:
            data = read_small(fd, self._name)
            try:
                uidvalidity, seen = parse(data)
            except ValueError as exc:
                log.warning(f"{self._folder}/{self._name}: damaged ({exc}), set aside")
                with contextlib.suppress(FileNotFoundError):
                    os.rename(self._name, f"{self._name}.damaged", src_dir_fd=fd, dst_dir_fd=fd)
                return frozenset()
        finally:
            os.close(fd)
        return seen if uidvalidity == self.uidvalidity else frozenset()

    def change(self, uids: Iterable[int], *, on: bool, state: State) -> None:
        """Add or remove UIDs; durable. Those that are gone by `state` are forgotten by the way. Raises OSError."""
        with contextlib.suppress(FileExistsError):
            os.mkdir(self._folder, 0o700)
        fd = open_directory(self._folder)
        try:
            with _locked(fd):
                before = self.uids()
                # A newer state may have more messages than this one.
                seen = before.intersection(state.uids) | {uid for uid in before if uid >= state.uidnext}
                seen = seen.union(uids) if on else seen.difference(uids)
                told = b"" if not seen else written(sorted(seen))
                replace_small(fd, self._name, b"pymaster-seen 1 %d %s\n" % (self.uidvalidity, told))
        finally:
            os.close(fd)


def parse(data: bytes) -> tuple[int, frozenset[int]]:
    """(UIDVALIDITY, UIDs) of a file. Raises ValueError for one that is none, or holds too many."""
    found = _HEADER.fullmatch(data)
    if found is None:
        raise ValueError("not a list of messages")
    seen: list[range] = []
    total = last = 0
    for piece in found[2].split(b",") if found[2] else []:
        run = _RUN.fullmatch(piece)
        if run is None:
            raise ValueError("not runs of numbers")
        low, high = int(run[1]), int(run[2] or run[1])
        total += high - low + 1
        if low <= last or high < low or high >= 1 << 32 or total > MAX_SEEN:
            raise ValueError("runs out of order")
        seen.append(range(low, high + 1))
        last = high
    return int(found[1]), frozenset([uid for each in seen for uid in each])


@contextlib.contextmanager
def _locked(dir_fd: int) -> Iterator[None]:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    fd = os.open(_LOCK, flags, 0o600, dir_fd=dir_fd)
    try:
        lock(fd, fcntl.F_WRLCK)
        yield
    finally:
        os.close(fd)
