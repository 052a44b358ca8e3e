"""uidlist - `dovecot-uidlist`: which file has which UID. Not a cache: to lose it is to have every client fetch all anew.

Version 3: a header `3 V<uidvalidity> N<next uid> G<guid>`, then lines `uid [Xvalue ...] :base name`, UIDs rising. Lines are
appended under `dovecot-uidlist.lock`, the file is replaced by rename; lines of files that are gone may stay. Fields that
we do not know are kept. Version 1 (`1 validity next`, `uid name`) is read. A last line without line end was being written.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pymaster.store.mailbox.frames import read_from, write_all
from pymaster.store.mailbox.plainfile import open_plain

NAME, LOCK, TEMPORARY = "dovecot-uidlist", "dovecot-uidlist.lock", "dovecot-uidlist.tmp"
MAX_FILE = 1 << 29
MAX_UID = (1 << 32) - 1
_LINE = re.compile(r"^([0-9]{1,10}) (?:([A-Za-z][^ \n]*(?: +[A-Za-z][^ \n]*)*) +)?:([^\n/\0]+)\n", re.M)
_OLD_LINE = re.compile(r"^([0-9]{1,10})( )([^\n/\0: ][^\n/\0]*)\n", re.M)
# What is left of a line whose writer died over it, when another line was begun behind it.
_TORN = re.compile(r"[0-9]{0,10}(?: [^\0]*)?")
_HEADER = re.compile(rb"3((?: [A-Z][^ \n]*)+)\n")
_OLD_HEADER = re.compile(rb"1 ([0-9]{1,10}) ([0-9]{1,10})\n")


@dataclass(slots=True)
class UidList:
    """The file's content. `entries`: base name -> (uid, fields as text); `extra`: header fields we do not know."""

    uidvalidity: int
    uidnext: int = 1
    guid: str = ""
    extra: list[str] = field(default_factory=list)
    entries: dict[str, tuple[int, str]] = field(default_factory=dict)
    # Lines in the file that say nothing any more, and whether the file should be written anew (old version, no guid).
    stale: int = 0
    old: bool = False
    # Whether lines were damaged, so that UIDs may be missing which clients know.
    broken: bool = False

    def text(self) -> bytes:
        """The whole file."""
        header = f"3 V{self.uidvalidity} N{self.uidnext} G{self.guid}{''.join([f' {each}' for each in self.extra])}\n"
        rising = sorted((uid, extra, base) for base, (uid, extra) in self.entries.items())
        return header.encode("utf-8", "surrogateescape") + b"".join([line(uid, base, ext) for uid, ext, base in rising])


def line(uid: int, base: str, extra: str = "") -> bytes:
    """One line."""
    text = f"{uid} {extra} :{base}\n" if extra else f"{uid} :{base}\n"
    return text.encode("utf-8", "surrogateescape")


def parse(data: bytes) -> UidList:
    """The content of a file; raises ValueError for one without a proper header. Lines that are none are left out."""
    found = _HEADER.match(data)
    if found is None:
        return _parse_old(data)
    fields = found.group(1).decode("utf-8", "surrogateescape").split(" ")[1:]
    listed = UidList(0)
    for each in fields:
        if each[0] == "V":
            listed.uidvalidity = _number(each[1:])
        elif each[0] == "N":
            listed.uidnext = _number(each[1:])
        elif each[0] == "G":
            listed.guid = each[1:]
        else:
            listed.extra.append(each)
    if not listed.uidvalidity:
        raise ValueError("no uidvalidity")
    listed.old = not listed.guid
    _lines(listed, data, found.end(), _LINE)
    return listed


def _parse_old(data: bytes) -> UidList:
    found = _OLD_HEADER.match(data)
    if found is None:
        raise ValueError("no header")
    listed = UidList(_number(found.group(1).decode()), _number(found.group(2).decode()), old=True)
    if not listed.uidvalidity:
        raise ValueError("no uidvalidity")
    _lines(listed, data, found.end(), _OLD_LINE)
    return listed


def _lines(listed: UidList, data: bytes, start: int, shape: re.Pattern[str]) -> None:
    count, highest, entries = 0, 0, listed.entries
    lines = data[start:].decode("utf-8", "surrogateescape")
    for text, extra, base in shape.findall(lines):
        uid = int(text)
        count += 1
        if 0 < uid <= MAX_UID:
            # A file that was expunged and came back has two lines: the later one holds.
            entries[base] = (uid, extra.strip(" "))
            if uid > highest:
                highest = uid
    if count != lines.count("\n"):
        others = shape.sub("", lines).split("\n")[:-1]
        listed.broken = not all(_TORN.fullmatch(each) for each in others)
    listed.stale = count - len(entries)
    listed.uidnext = max(listed.uidnext, highest + 1)


def _number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,10}", text) or int(text) > MAX_UID:
        raise ValueError("number out of range")
    return int(text)


def load(dir_fd: int) -> UidList | None:
    """The mailbox's list, None when there is none. Raises ValueError for a damaged one, OSError."""
    try:
        fd = open_plain(dir_fd, NAME, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        size = os.fstat(fd).st_size
        if size > MAX_FILE:
            raise ValueError("too large")
        return parse(read_from(fd, 0, size))
    finally:
        os.close(fd)


def append(dir_fd: int, lines: Iterable[tuple[int, str]], flush: Callable[[list[int]], None]) -> None:
    """Add lines with the lock held; `flush` makes the file durable (and what else is waiting). Raises OSError."""
    fd = open_plain(dir_fd, NAME, os.O_RDWR | os.O_APPEND)
    try:
        size = os.fstat(fd).st_size
        data = b"".join([line(uid, base) for uid, base in lines])
        if size and os.pread(fd, 1, size - 1) != b"\n":
            # Whoever wrote the last line died over it.
            data = b"\n" + data
        write_all(fd, data)
        flush([fd])
    finally:
        os.close(fd)


def rewrite(dir_fd: int, listed: UidList) -> None:
    """Replace the file, with the lock held; durable on return. Raises OSError."""
    fd = open_plain(dir_fd, TEMPORARY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        write_all(fd, listed.text())
        os.fsync(fd)
    finally:
        os.close(fd)
    os.rename(TEMPORARY, NAME, src_dir_fd=dir_fd, dst_dir_fd=dir_fd)
    os.fsync(dir_fd)


def set_aside(dir_fd: int) -> None:
    """Keep a damaged file under another name, for a person to look at."""
    os.rename(NAME, f"{NAME}.damaged", src_dir_fd=dir_fd, dst_dir_fd=dir_fd)
