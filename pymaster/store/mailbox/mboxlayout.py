"""mboxlayout - an account of mbox files: INBOX in the spool, the others a tree of files, whose folders are levels.

A file has no files below it, so a mailbox has no children and a level holds no messages (as with alpine, and Dovecot's
plain layout); CREATE says so. Names are in modified UTF-7 on disk. Hidden files, lock files and links are no mailboxes.

Control data (UIDs, rights, the account's own) lies in `.imap` in the root of the folders, one folder for each mailbox,
and the index there, too, unless another place for it is given. Empty levels go with their last mailbox.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator

from pymaster.proto.imap.utf7 import decode_utf7, encode_utf7
from pymaster.store import safeopen
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.folders import INBOX, MAX_LEVELS, canonical, check
from pymaster.store.mailbox.mboxdriver import MboxDriver
from pymaster.store.mailbox.mboxfile import PATIENT
from pymaster.store.mailbox.mboxuids import flush_folder
from pymaster.store.mboxlock import Locking
from pymaster.util.clock import Clock

CONTROL = ".imap"
# So many names are listed at most.
MAX_NAMES = 100_000


class MboxLayout:
    """See driver.Layout."""

    def __init__(self, inbox: str, root: str, index: str, separator: str, clock: Clock) -> None:
        """`root`: of the other mailboxes, made if it is missing; `index`: "" for beside the mail. Raises OSError."""
        self.inbox, self.root, self._index = os.path.normpath(inbox), root.rstrip("/"), index.rstrip("/")
        self.separator, self._clock = separator, clock
        self.locking: Locking = PATIENT
        self.validity: Callable[[], int] = lambda: int(clock.now())
        safeopen.make_directories(self.control())

    # Names.

    def _levels(self, name: str) -> list[str]:
        """File names of the levels of a checked name; raises MailboxError CANNOT for one that none may have."""
        levels = [encode_utf7(level).decode("ascii") for level in name.split(self.separator)]
        if any(level.startswith(".") or level.endswith(".lock") for level in levels):
            raise MailboxError("CANNOT", "Invalid mailbox name")
        return levels

    def _path(self, name: str) -> str:
        if name == INBOX:
            return self.inbox
        path = "/".join([self.root, *self._levels(name)])
        if path == self.inbox:
            # One file by two names would have two sets of UIDs.
            raise MailboxError("CANNOT", "This file is the INBOX")
        return path

    def _level_of(self, file: str) -> str | None:
        """The level a file name stands for; None when it stands for none."""
        try:
            level = decode_utf7(file.encode("ascii"))
            good = self._levels(level) == [file] and check(level, self.separator) != ""
        except (ValueError, MailboxError):
            return None
        return level if good else None

    def names(self) -> tuple[set[str], set[str]]:
        """Every file and folder whose name can be one."""
        boxes, levels = {INBOX}, set[str]()
        for name, is_file in self._tree():
            (boxes if is_file else levels).add(name)
        return boxes, levels

    def _tree(self) -> Iterator[tuple[str, bool]]:
        left, count = [("", self.root, 1)], 0
        while left:
            before, path, depth = left.pop()
            with contextlib.suppress(FileNotFoundError, PermissionError), os.scandir(path) as entries:
                for entry in entries:
                    level = self._level_of(entry.name)
                    is_file, is_folder = entry.is_file(follow_symlinks=False), entry.is_dir(follow_symlinks=False)
                    if level is None or not (is_file or is_folder) or entry.path == self.inbox:
                        continue
                    name = f"{before}{self.separator}{level}" if before else level
                    # `inbox` in another case, or a file of that name, would be in the way of the true INBOX.
                    if canonical(name, self.separator) != name or (name == INBOX and is_file):
                        continue
                    count += 1
                    if count > MAX_NAMES:
                        return
                    if name != INBOX:
                        yield name, is_file
                    if is_folder and depth < MAX_LEVELS:
                        left.append((name, entry.path, depth + 1))

    def exists(self, name: str) -> bool:
        """Whether there is such a file; INBOX is always there."""
        if name == INBOX:
            return True
        try:
            path = self._path(name)
        except MailboxError:
            return False
        return os.path.isfile(path) and not self._crosses_link(name)

    def _crosses_link(self, name: str) -> bool:
        """Whether a link is on the way: it would lead out of the account."""
        path = self.root
        for level in self._levels(name):
            path = f"{path}/{level}"
            if os.path.islink(path):
                return True
        return False

    # Folders.

    def driver(self, name: str) -> MboxDriver:
        """Open it."""
        if not self.exists(name):
            raise MailboxError("NONEXISTENT", f"Mailbox doesn't exist: {name}")
        folder = self.rights(name)
        return MboxDriver(
            self._path(name), folder, lambda: self.validity(), optional=name == INBOX, locking=self.locking,
            clock=self._clock,
        )  # fmt: skip

    def index(self, name: str) -> str:
        """Where its index files lie."""
        if not self._index:
            return self.rights(name)
        path = "/".join([self._index, *self._own(name)])
        safeopen.make_directories(path)
        return path

    def rights(self, name: str) -> str:
        """Its folder of control data, made if it is missing."""
        path = "/".join([self.control(), *self._own(name)])
        safeopen.make_directories(path)
        return path

    def _own(self, name: str) -> list[str]:
        return [INBOX] if name == INBOX else self._levels(name)

    def control(self) -> str:
        """The root of control data."""
        return f"{self.root}/{CONTROL}"

    # Changes.

    def create(self, name: str) -> None:
        """Make an empty file, and folders above it."""
        path = self._path(name)
        self._make_parents(path)
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, safeopen.FILE_MODE))
        except FileExistsError as exc:
            if os.path.isdir(path):
                raise MailboxError("CANNOT", "A mailbox that has children can't hold messages") from exc
            raise MailboxError("ALREADYEXISTS", "Mailbox already exists") from exc
        flush_folder(os.path.dirname(path))

    def _make_parents(self, path: str) -> None:
        folder = self.root
        for level in path[len(self.root) + 1 :].split("/")[:-1]:
            folder = f"{folder}/{level}"
            if os.path.islink(folder) or (os.path.exists(folder) and not os.path.isdir(folder)):
                raise MailboxError("CANNOT", "A mailbox that holds messages can't have children")
        safeopen.make_directories(folder)

    def delete(self, name: str) -> None:
        """Remove the file, what belongs to it, and levels that are empty then."""
        path = self._path(name)
        try:
            os.unlink(path)
        except FileNotFoundError as exc:
            raise MailboxError("NONEXISTENT", f"Mailbox doesn't exist: {name}") from exc
        flush_folder(os.path.dirname(path))
        for folder in self._own_folders(name):
            shutil.rmtree(folder, ignore_errors=True)
        self._drop_empty(path)

    def _own_folders(self, name: str) -> list[str]:
        roots = [self.control(), self._index] if self._index else [self.control()]
        return ["/".join([root, *self._own(name)]) for root in roots]

    def _drop_empty(self, path: str) -> None:
        folder = os.path.dirname(path)
        with contextlib.suppress(OSError):
            while folder.startswith(f"{self.root}/"):
                os.rmdir(folder)
                folder = os.path.dirname(folder)

    def rename(self, old: str, new: str) -> None:
        """A rename of the file and of what belongs to it."""
        before, after = self._path(old), self._path(new)
        self._make_parents(after)
        if os.path.isdir(after):
            raise MailboxError("CANNOT", "A mailbox that has children can't hold messages")
        if os.path.lexists(after):
            raise MailboxError("ALREADYEXISTS", "Target mailbox already exists")
        os.rename(before, after)
        for folder in {os.path.dirname(before), os.path.dirname(after)}:
            flush_folder(folder)
        for source, target in zip(self._own_folders(old), self._own_folders(new), strict=True):
            shutil.rmtree(target, ignore_errors=True)
            safeopen.make_directories(os.path.dirname(target))
            with contextlib.suppress(FileNotFoundError):
                os.rename(source, target)
        self._drop_empty(before)

    def watched(self) -> list[str]:
        """Every folder of the tree."""
        levels = self.names()[1]
        return [self.root, *(f"{self.root}/{'/'.join(self._levels(name))}" for name in sorted(levels))]

    def close(self) -> None:
        """Nothing is held."""
