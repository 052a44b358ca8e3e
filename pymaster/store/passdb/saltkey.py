"""saltkey - 32 random bytes that outlive a restart: from them come the salts that unknown users seem to have.

Were they new with each process, who asks before and after a restart could tell real users, whose salts stay.
"""

from __future__ import annotations

import os

from pymaster.util import log

SIZE = 32


def load(path: str) -> bytes:
    """The key of a file, which is made when it is missing; a key for this process only where there can be no file."""
    try:
        return _read(path)
    except FileNotFoundError:
        key = os.urandom(SIZE)
        temporary = f"{path}.{os.getpid()}.tmp"
        try:
            fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with open(fd, "wb") as file:
                file.write(key)
            try:
                # Whoever was first, that key holds.
                os.link(temporary, path)
            except FileExistsError:
                return _read(path)
            finally:
                os.unlink(temporary)
        except OSError as exc:
            log.warning(f"{path}: {exc.strerror}")
        return key
    except OSError as exc:
        log.warning(f"{path}: {exc.strerror}")
        return os.urandom(SIZE)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        key = file.read(SIZE)
    if len(key) < SIZE:
        raise OSError(0, "too short")
    return key
