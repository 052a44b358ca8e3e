"""maildrop - the folder where submissions wait while the mail system is down.

Files belong to whoever submitted them, so nothing about them is trusted: a regular file with one name, opened without
following links, whose owner is the submitter. Names with a leading dot are unfinished, or set aside.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from pymaster.util import log

BLOCK = 65536
# Files looked at in one scan; the rest waits for the next.
MAX_NAMES = 10_000


class Maildrop:
    """One maildrop folder."""

    def __init__(self, path: str) -> None:
        self.path = path

    def names(self) -> list[str]:
        """Finished submissions, oldest first as their names tell; none when the folder cannot be read (logged)."""
        try:
            found = [name for name in os.listdir(self.path) if not name.startswith(".")]
        except OSError as exc:
            log.warning(f"{self.path}: {exc.strerror}")
            return []
        return sorted(found)[:MAX_NAMES]

    @contextmanager
    def open(self, name: str) -> Iterator[tuple[int, Iterator[bytes]]]:
        """The submitter's uid and the content in blocks; raises OSError for what is no submission."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        fd = os.open(os.path.join(self.path, name), flags)
        try:
            info = os.fstat(fd)
            if not stat.S_ISREG(info.st_mode) or info.st_nlink != 1:
                raise OSError("not a regular file with one name")
            yield info.st_uid, iter(lambda: os.read(fd, BLOCK), b"")
        finally:
            os.close(fd)

    def remove(self, name: str) -> None:
        """Take a file away whose message is queued; a failure is logged, and makes a duplicate later."""
        try:
            os.unlink(os.path.join(self.path, name))
        except OSError as exc:
            log.error(f"maildrop/{name}: cannot remove: {exc.strerror}")

    def set_aside(self, name: str, reason: str) -> None:
        """Keep a file that never can be mail where no scan finds it."""
        log.warning(f"maildrop/{name}: {reason}: set aside as maildrop/.bad-{name}")
        try:
            os.rename(os.path.join(self.path, name), os.path.join(self.path, f".bad-{name}"))
        except OSError as exc:
            log.error(f"maildrop/{name}: cannot rename: {exc.strerror}")
