"""keywords - `dovecot-keywords`: which letter (a-z) of a Maildir file name stands for which keyword; lines `0 $Junk`.

A letter once given is never taken back. Keywords beyond the 26 letters live in the index alone.
"""

from __future__ import annotations

import os
import re

from pymaster.store.mailbox.dotlock import dotlock
from pymaster.store.mailbox.frames import read_from, write_all
from pymaster.store.mailbox.plainfile import open_plain

NAME, LOCK = "dovecot-keywords", "dovecot-keywords.lock"
MAX_FILE = 1 << 16
COUNT = 26
_LINE = re.compile(rb"^([0-9]{1,2}) ([^\x00-\x20(){%*\"\\\]\x7f-\xff]{1,255})$", re.M)


def mark(found: os.stat_result) -> int:
    """What changes with the file: it is replaced by rename, maybe twice within one tick of its mtime."""
    return (found.st_mtime_ns ^ (found.st_ino << 24)) & ((1 << 63) - 1)


class Keywords:
    """The mapping as last read."""

    __slots__ = ("_dir", "_letters", "_mark", "names")

    def __init__(self, dir_fd: int) -> None:
        self._dir, self._mark = dir_fd, -1
        self.names: list[bytes | None] = [None] * COUNT
        self._letters: dict[bytes, str] = {}

    def refresh(self, mark: int) -> bool:
        """Read the file again if its mark (0: there is none) is another one; whether it was read."""
        if mark == self._mark:
            return False
        self.names = [None] * COUNT
        for number, keyword in _LINE.findall(self._read()):
            if int(number) < COUNT:
                self.names[int(number)] = keyword
        self._index()
        self._mark = mark
        return True

    def _read(self) -> bytes:
        try:
            fd = open_plain(self._dir, NAME, os.O_RDONLY)
        except FileNotFoundError:
            return b""
        try:
            return read_from(fd, 0, MAX_FILE)
        finally:
            os.close(fd)

    def _index(self) -> None:
        self._letters = {name.lower(): chr(97 + n) for n, name in enumerate(self.names) if name is not None}

    def keyword(self, letter: str) -> bytes | None:
        """What a letter stands for."""
        return self.names[ord(letter) - 97]

    def letter(self, keyword: bytes) -> str | None:
        """The letter of a keyword, if it has one."""
        return self._letters.get(keyword.lower())

    def learn(self, keywords: set[bytes]) -> None:
        """Give letters to new keywords, as far as there are any left; the file is written. Raises OSError."""
        fresh = sorted(keyword for keyword in keywords if keyword.lower() not in self._letters)
        if not fresh or None not in self.names:
            return
        with dotlock(self._dir, LOCK):
            self.refresh(-2)
            for keyword in fresh:
                if keyword.lower() not in self._letters and None in self.names:
                    self.names[self.names.index(None)] = keyword
                    self._index()
            self._write()
        self._mark = mark(os.stat(NAME, dir_fd=self._dir, follow_symlinks=False))

    def _write(self) -> None:
        fd = open_plain(self._dir, f"{NAME}.tmp", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            write_all(fd, b"".join([b"%d %s\n" % (n, name) for n, name in enumerate(self.names) if name is not None]))
            os.fsync(fd)
        finally:
            os.close(fd)
        os.rename(f"{NAME}.tmp", NAME, src_dir_fd=self._dir, dst_dir_fd=self._dir)
