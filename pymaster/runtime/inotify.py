"""inotify - folders and files are watched by the kernel; who waits for news is called in the hub.

One descriptor per process, one kernel watch per path however many sessions look at it (inotify(7)). Where the kernel has no
watch left (or the path is not there) a timer calls instead: news are late then, never lost.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Callable
from typing import Any

from gevent import get_hub

_LIBC = ctypes.CDLL(None, use_errno=True)
_NONBLOCK, _CLOEXEC = os.O_NONBLOCK, os.O_CLOEXEC
_MODIFY, _CLOSE_WRITE, _FROM, _TO, _CREATE, _DELETE = 0x2, 0x8, 0x40, 0x80, 0x100, 0x200
_SELF = 0x400 | 0x800
MASK = _MODIFY | _FROM | _TO | _CREATE | _DELETE | _SELF
_EVENT = struct.Struct("iIII")
_IGNORED, _OVERFLOW = 0x8000, 0x4000
# Seconds between two calls where no watch could be had.
POLL = 5.0
Callback = Callable[[], None]


class Inotify:
    """Watches of one process."""

    def __init__(self) -> None:
        self._loop: Any = get_hub().loop
        self._fd = _LIBC.inotify_init1(_NONBLOCK | _CLOEXEC)
        self._paths: dict[str, int] = {}
        self._callbacks: dict[int, dict[object, Callback]] = {}
        self._watcher: Any = None
        if self._fd >= 0:
            self._watcher = self._loop.io(self._fd, 1)
            self._watcher.start(self._read)

    def watch(self, paths: list[str], callback: Callback) -> Callback:
        """Call back (in the hub, must not block) after changes at any of these paths; returns what ends it."""
        token = object()
        numbers, missed = [], not paths
        for path in paths:
            number = self._add(path)
            if number is None:
                missed = True
            else:
                self._callbacks.setdefault(number, {})[token] = callback
                numbers.append(number)
        timer: Any = None
        if missed and paths:
            timer = self._loop.timer(POLL, POLL)
            timer.start(callback)

        def end() -> None:
            if timer is not None:
                timer.close()
            for number in numbers:
                self._drop(number, token)

        return end

    def _add(self, path: str) -> int | None:
        """The kernel's number for a path. The same file by another name has the same number, so names are no keys."""
        if self._fd < 0:
            return None
        number = int(_LIBC.inotify_add_watch(self._fd, os.fsencode(path), MASK))
        if number < 0:
            return None
        self._paths[path] = number
        return number

    def _drop(self, number: int, token: object) -> None:
        waiting = self._callbacks.get(number)
        if waiting is None:
            return
        waiting.pop(token, None)
        if not waiting:
            del self._callbacks[number]
            self._paths = {path: each for path, each in self._paths.items() if each != number}
            # EINVAL: the file is gone and the kernel forgot it first.
            _LIBC.inotify_rm_watch(self._fd, number)

    def _read(self) -> None:
        due: dict[object, Callback] = {}
        while True:
            try:
                data = os.read(self._fd, 65536)
            except BlockingIOError:
                break
            except OSError as exc:
                if exc.errno == errno.EINTR:
                    continue
                raise
            at = 0
            while at < len(data):
                number, mask, _, length = _EVENT.unpack_from(data, at)
                at += _EVENT.size + length
                if mask & _OVERFLOW:
                    for waiting in self._callbacks.values():
                        due.update(waiting)
                due.update(self._callbacks.get(number, {}))
                if mask & _IGNORED:
                    self._callbacks.pop(number, None)
        for callback in due.values():
            callback()

    def close(self) -> None:
        """Give the descriptor back."""
        if self._fd >= 0:
            self._watcher.close()
            os.close(self._fd)
            self._fd = -1
