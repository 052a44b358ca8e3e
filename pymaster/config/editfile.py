"""editfile - configuration files changed by program: comments and order stay, the new file takes the old one's place.

The text functions are pure; `rewrite` does the files: a temporary file beside the old one, then rename (postconf(1)).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable

from pymaster.config.maincf import read_text
from pymaster.config.words import BLANKS
from pymaster.util.errors import ConfigError
from pymaster.util.fds import fsync_dir, write_all

# A block's lines (without line ends), and which of them belong to its one logical line.
Block = tuple[list[str], list[int]]


def blocks(text: str) -> list[Block]:
    """The file cut into blocks: stretches of comments and blank lines, and logical lines with what stands inside them."""
    found: list[Block] = []
    trailing: list[str] = []
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    for line in lines:
        first = line.lstrip(BLANKS)[:1]
        if not first or first == "#":
            trailing.append(line)
        elif line[0] in BLANKS and found and found[-1][1]:
            body, own = found[-1]
            body += trailing
            trailing = []
            own.append(len(body))
            body.append(line)
        else:
            if trailing:
                found.append((trailing, []))
                trailing = []
            found.append(([line], [0]))
    if trailing:
        found.append((trailing, []))
    return found


def logical(block: Block) -> str:
    """A block's logical line; "" for a stretch of comments."""
    lines, own = block
    return "".join(lines[at] for at in own)


def join(found: list[Block]) -> str:
    """The text of blocks."""
    return "".join(f"{line}\n" for lines, _ in found for line in lines)


def replaced(block: Block, new: str) -> Block:
    """The block with its logical line replaced; comments inside it stay, after it."""
    lines, own = block
    return [*new.split("\n"), *(line for at, line in enumerate(lines) if at not in own)], [0]


def removed(block: Block) -> Block:
    """The block without its logical line."""
    lines, own = block
    return [line for at, line in enumerate(lines) if at not in own], []


def commented(block: Block) -> Block:
    """The block with its logical line turned into comments."""
    lines, own = block
    return ["#" + line if at in own else line for at, line in enumerate(lines)], []


def rewrite(path: str, change: Callable[[str], str]) -> None:
    """Replace a file by `change(its text)`, or leave it alone when that raises; raises ConfigError."""
    path = os.path.realpath(path)
    temporary = path + ".tmp"
    try:
        fd = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as exc:
        raise ConfigError(f"open {temporary}: {os.strerror(exc.errno or 0)}") from exc
    try:
        # Two editors at once: the second waits, and sees the first one's result.
        fcntl.flock(fd, fcntl.LOCK_EX)
        if not _same(fd, temporary):
            raise ConfigError(f"{temporary}: changed by somebody else; try again")
        try:
            data = change(read_text(path)).encode("utf-8", "surrogateescape")
        except ConfigError:
            os.unlink(temporary)
            raise
        _fill(fd, path, data)
        os.rename(temporary, path)
        fsync_dir(os.path.dirname(path))
    except OSError as exc:
        raise ConfigError(f"write {path}: {os.strerror(exc.errno or 0)}") from exc
    finally:
        os.close(fd)


def _same(fd: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path))
    except FileNotFoundError:
        return False


def _fill(fd: int, path: str, data: bytes) -> None:
    status = os.stat(path)
    os.ftruncate(fd, 0)
    os.fchmod(fd, status.st_mode & 0o7777)
    if (status.st_uid, status.st_gid) != (os.getuid(), os.getgid()) and os.getuid() == 0:
        os.fchown(fd, status.st_uid, status.st_gid)
    write_all(fd, data)
    os.fsync(fd)
