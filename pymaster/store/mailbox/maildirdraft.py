"""maildirdraft - a message being written to a Maildir's tmp/."""

from __future__ import annotations

import os

from pymaster.store.mailbox.frames import read_from, write_all
from pymaster.store.mailbox.maildirfiles import MaildirFiles
from pymaster.store.mailbox.maildirname import unique
from pymaster.store.mailbox.wire import DiskForm, wire_form, wire_size

# Up to so many octets are kept in memory for the digest; larger messages are read back.
KEPT = 1 << 20


class MaildirDraft:
    """See driver.DriverDraft. `disk` counts octets of the file, `base` is its name until it gets sizes."""

    __slots__ = ("_form", "_kept", "base", "date", "disk", "fd", "files", "size")

    def __init__(self, files: MaildirFiles, date: int) -> None:
        """Raises OSError."""
        self.files, self.date = files, date
        self.base = unique(files.clock)
        self.size = self.disk = 0
        self._form = DiskForm()
        self._kept: list[bytes] | None = []
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self.fd = os.open(self.base, flags, 0o600, dir_fd=files.tmp)

    def write(self, block: bytes) -> None:
        """More of the wire form."""
        self._put(self._form.feed(block))

    def _put(self, data: bytes) -> None:
        # No block ends between a CR and its LF (see DiskForm), so sizes add up.
        write_all(self.fd, data)
        self.disk += len(data)
        self.size += wire_size(data)
        if self._kept is not None:
            self._kept.append(data)
            if self.disk > KEPT:
                self._kept = None

    def finish(self) -> None:
        """All is written. The flush is left to `save`, which flushes a batch at once; here it only begins."""
        self._put(self._form.rest())
        os.utime(self.fd, (self.date, self.date))
        # Begins writeback without waiting for it.
        os.posix_fadvise(self.fd, 0, 0, os.POSIX_FADV_DONTNEED)

    def wire(self) -> bytes:
        """The message in wire form."""
        return wire_form(read_from(self.fd, 0, self.disk) if self._kept is None else b"".join(self._kept))

    def name(self) -> str:
        """The base name that the message gets."""
        return f"{self.base},S={self.disk},W={self.size}"

    def close(self) -> None:
        """It is saved: the file is no longer needed here."""
        fd, self.fd, self._kept = self.fd, -1, None
        if fd >= 0:
            os.close(fd)

    def abandon(self) -> None:
        """It is not wanted."""
        if self.fd < 0:
            return
        self.close()
        try:
            os.unlink(self.base, dir_fd=self.files.tmp)
        except OSError:
            return  # removed with other old files of tmp/ some day
