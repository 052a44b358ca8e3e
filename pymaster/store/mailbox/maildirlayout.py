"""maildirlayout - a Maildir++ account: INBOX and its folders in one directory, index files beside the mail or elsewhere."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable

from pymaster.store import safeopen
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.folders import INBOX, folder_of, name_of
from pymaster.store.mailbox.maildirbox import MaildirBox
from pymaster.store.mailbox.maildirfiles import MaildirFiles
from pymaster.util.clock import Clock

# What is being removed has this name until it is gone; a listing passes over it.
DOOMED = "..pymaster-removed"


class MaildirLayout:
    """See driver.Layout."""

    def __init__(self, root: str, index: str, separator: str, clock: Clock) -> None:
        """Makes the Maildir if it is missing. Raises OSError."""
        self.root, self._index = root.rstrip("/") or "/", index.rstrip("/")
        self.separator, self._clock = separator, clock
        self.validity: Callable[[], int] = lambda: int(clock.now())
        try:
            self._fd = safeopen.open_directory(self.root, follow=os.geteuid() != 0)
        except FileNotFoundError:
            safeopen.make_directories(self.root)
            self._fd = safeopen.open_directory(self.root, follow=os.geteuid() != 0)
        self._remove_doomed()

    def names(self) -> tuple[set[str], set[str]]:
        """Every folder whose name can be one."""
        found = {INBOX}
        with os.scandir(self._fd) as entries:
            for entry in entries:
                # One that is a link would lead out of the account.
                if entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
                    name = name_of(entry.name, self.separator)
                    if name is not None:
                        found.add(name)
        return found, set()

    def exists(self, name: str) -> bool:
        """Whether there is such a folder."""
        folder = folder_of(name, self.separator)
        if not folder:
            return True
        try:
            os.close(safeopen.open_directory(folder, self._fd))
        except OSError:
            return False
        return True

    def driver(self, name: str) -> MaildirBox:
        """Open it."""
        folder = folder_of(name, self.separator)
        path = f"{self.root}/{folder}" if folder else self.root
        try:
            return MaildirBox(MaildirFiles(self._fd, folder, path, self._clock), self.validity)
        except (FileNotFoundError, NotADirectoryError) as exc:
            raise MailboxError("NONEXISTENT", f"Mailbox doesn't exist: {name}") from exc

    def index(self, name: str) -> str:
        """The Maildir itself, or the folder of its name in the tree of indexes."""
        folder = folder_of(name, self.separator)
        if not self._index:
            return self.rights(name)
        path = f"{self._index}/{folder or INBOX}"
        safeopen.make_directories(path)
        return path

    def rights(self, name: str) -> str:
        """The Maildir itself."""
        folder = folder_of(name, self.separator)
        return f"{self.root}/{folder}" if folder else self.root

    def create(self, name: str) -> None:
        """Make the folder, complete before it has its name."""
        folder = folder_of(name, self.separator)
        temporary = f"{DOOMED}-{os.getpid()}-{os.urandom(4).hex()}"
        os.mkdir(temporary, safeopen.DIRECTORY_MODE, dir_fd=self._fd)
        for part in ("cur", "new", "tmp"):
            os.mkdir(f"{temporary}/{part}", safeopen.DIRECTORY_MODE, dir_fd=self._fd)
        # What tells a delivery agent of Courier's kind that this is a folder of a larger Maildir.
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        os.close(os.open(f"{temporary}/maildirfolder", flags, safeopen.FILE_MODE, dir_fd=self._fd))
        try:
            os.rename(temporary, folder, src_dir_fd=self._fd, dst_dir_fd=self._fd)
        except OSError as exc:
            shutil.rmtree(temporary, dir_fd=self._fd)
            raise MailboxError("ALREADYEXISTS", "Mailbox already exists") from exc
        os.fsync(self._fd)

    def delete(self, name: str) -> None:
        """Out of sight at once, then removed."""
        folder = folder_of(name, self.separator)
        doomed = f"{DOOMED}-{os.getpid()}-{os.urandom(4).hex()}"
        try:
            os.rename(folder, doomed, src_dir_fd=self._fd, dst_dir_fd=self._fd)
        except FileNotFoundError as exc:
            raise MailboxError("NONEXISTENT", f"Mailbox doesn't exist: {name}") from exc
        os.fsync(self._fd)
        shutil.rmtree(doomed, dir_fd=self._fd)
        if self._index:
            shutil.rmtree(f"{self._index}/{folder}", ignore_errors=True)

    def rename(self, old: str, new: str) -> None:
        """One rename."""
        before, after = folder_of(old, self.separator), folder_of(new, self.separator)
        if self.exists(new):
            raise MailboxError("ALREADYEXISTS", "Target mailbox already exists")
        os.rename(before, after, src_dir_fd=self._fd, dst_dir_fd=self._fd)
        os.fsync(self._fd)
        if self._index:
            # Of a mailbox that had the new name before; without the old one's files the index is built anew.
            shutil.rmtree(f"{self._index}/{after}", ignore_errors=True)
            with contextlib.suppress(OSError):
                os.rename(f"{self._index}/{before}", f"{self._index}/{after}")

    def control(self) -> str:
        """The Maildir."""
        return self.root

    def watched(self) -> list[str]:
        """The Maildir."""
        return [self.root]

    def _remove_doomed(self) -> None:
        for name in os.listdir(self._fd):
            # One whose process is gone died over it.
            if name.startswith(DOOMED) and not os.path.exists(f"/proc/{name[len(DOOMED) + 1 :].partition('-')[0]}"):
                with contextlib.suppress(OSError):
                    shutil.rmtree(name, dir_fd=self._fd)

    def close(self) -> None:
        """Give the folder back."""
        os.close(self._fd)
