"""base - what every table type shares: its name, case folding, what to watch for change, and how it may be broken.

Keys are bytes, UTF-8 when they are not ASCII. A *fixed* table holds literal keys and folds its queries to lower case; a
pattern table (regexp, pcre, cidr) sees a key as it came and is never asked for parts of a key.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pymaster.util import log
from pymaster.util.errors import LookupFailed

# No table source larger than this is read into memory.
MAX_SOURCE = 256 << 20
# Runs a blocking lookup elsewhere (a thread pool) and waits for its answer.
Offload = Callable[[Callable[[bytes], bytes | None], bytes], bytes | None]


class TableError(Exception):
    """A table cannot be opened or does not do what was asked; the text is Postfix's. `path` is a file that is missing."""

    path = ""


def fold(key: bytes) -> bytes:
    """A key in lower case: ASCII, or Unicode case folding if the key is UTF-8."""
    if key.isascii():
        return key.lower()
    try:
        return key.decode("utf-8").casefold().encode("utf-8")
    except UnicodeDecodeError:
        return key.lower()


class Watch:
    """A file that a table was made of, kept open: a descriptor still tells of change after chroot(2)."""

    __slots__ = ("_seen", "fd", "path")

    def __init__(self, path: str) -> None:
        """Open `path`; raises OSError."""
        self.path = path
        self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._seen = self._look()

    def _look(self) -> tuple[int, int, int, int]:
        # ctime too: an editor that renames the old file away changes nothing else about it.
        found = os.fstat(self.fd)
        return found.st_nlink, found.st_mtime_ns, found.st_ctime_ns, found.st_size

    def changed(self) -> bool:
        """Whether the file was rewritten, renamed or removed since it was opened."""
        return self.fd >= 0 and self._look() != self._seen

    def read(self) -> bytes:
        """All of the file; raises OSError, TableError when it is absurdly large."""
        if os.fstat(self.fd).st_size > MAX_SOURCE:
            raise TableError(f"read {self.path}: File too large")
        blocks = []
        offset = 0
        while block := os.pread(self.fd, 1 << 20, offset):
            blocks.append(block)
            offset += len(block)
        # What was read is what is watched: an edit between open and read shows as a change later.
        return b"".join(blocks)

    def close(self) -> None:
        """Give the descriptor back."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class MissingWatch:
    """A file that could not be opened; the table changes when it comes, or becomes another (its rights, too)."""

    __slots__ = ("_seen", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self._seen = self._look()

    def _look(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.path)
        except OSError:
            return None
        return found.st_ino, found.st_ctime_ns

    def changed(self) -> bool:
        """Whether there is a file now, or another one."""
        return self._look() != self._seen

    def close(self) -> None:
        """Nothing is held."""


class BaseTable:
    """One table. A type overrides `find`; those whose keys can be listed or removed override `items`, `remove`."""

    fixed = True
    # Whether a lookup may wait for another program (NSS); such a table uses the set's `offload` when there is one.
    blocking = False

    def __init__(self, name: str) -> None:
        self.name = name
        self.folds = True
        self.watches: list[Watch | MissingWatch] = []

    def get(self, key: bytes) -> bytes | None:
        """The value of a key, folded first if the table is fixed; raises LookupFailed."""
        if self.fixed and self.folds:
            key = key.lower() if key.isascii() else fold(key)
        return self.find(key)

    def find(self, key: bytes) -> bytes | None:
        """The value of a key as it is; raises LookupFailed."""
        raise NotImplementedError

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Every key and value in the table's order; raises TableError when the type has no order."""
        raise TableError(f"table {self.name}: sequence operation is not supported")

    def changed(self) -> bool:
        """Whether a file under the table is no longer what was opened."""
        return any(watch.changed() for watch in self.watches)

    def close(self) -> None:
        """Give descriptors back; the table is not used again."""
        for watch in self.watches:
            watch.close()


class BrokenTable(BaseTable):
    """Stands in the place of a table that could not be opened: every use fails, so mail waits instead of being lost."""

    # Also whole keys of pattern tables must fail, so this one answers (with failure) to both kinds of query.
    fixed = True

    def __init__(self, name: str, reason: str, path: str = "") -> None:
        super().__init__(name)
        self.reason = reason
        if path:
            self.watches.append(MissingWatch(path))

    def find(self, key: bytes) -> bytes | None:
        log.warning(f"{self.name} is unavailable. {self.reason}")
        raise LookupFailed(f"{self.name} is unavailable")


@dataclass(slots=True)
class Request:
    """What an opener is told. `rest` is what follows `type:`."""

    type: str
    rest: str
    param: str
    # Opens another table on behalf of a composite one: (type:name) -> table; raises TableError.
    open: Callable[[str], BaseTable]
    # Text of a parameter, expanded.
    text: Callable[[str], str]
    # Whether `$1` in results is refused (what comes from a sender must not name a file or a command).
    plain_results: bool = False
    # Whether an indexed file may be made when it is missing or old.
    may_build: bool = True
    offload: Offload | None = None

    @property
    def spec(self) -> str:
        """`type:name` as the administrator wrote it."""
        return f"{self.type}:{self.rest}"


def open_source(path: str, what: str = "open") -> Watch:
    """A table's source, opened; raises TableError in Postfix's words."""
    try:
        watch = Watch(path)
    except OSError as exc:
        error = TableError(f"{what} {path}: {exc.strerror}")
        error.path = path
        raise error from exc
    return watch


def read_source(watch: Watch) -> bytes:
    """The bytes of an opened source; closes it on failure. Raises TableError."""
    try:
        return watch.read()
    except OSError as exc:
        watch.close()
        raise TableError(f"read {watch.path}: {exc.strerror}") from exc
    except TableError:
        watch.close()
        raise
