"""mapping - lets go of the pages of a store's file that this process has mapped by reading them.

LMDB reads through a shared map of its file; every page read stays mapped and counts as this process's memory, though it
is only the kernel's cache. Letting go of the map's pages costs nothing but a soft fault when one is read again
(madvise(2), MADV_DONTNEED on a shared file mapping keeps the contents).
"""

import ctypes
import os

_DONTNEED = 4
# Bytes read or freed after which the pages are let go.
EVERY = 32 << 20

_madvise = ctypes.CDLL(None, use_errno=True).madvise
_madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
_madvise.restype = ctypes.c_int


class Mapping:
    """The map of one file; `path` as the kernel shows it (absolute, without links)."""

    __slots__ = ("_name", "_since")

    def __init__(self, path: str) -> None:
        self._name = b" " + os.fsencode(path) + b"\n"
        self._since = 0

    def touched(self, size: int) -> None:
        """So many bytes were read through the map, or freed in it; now and then its pages are let go."""
        self._since += size
        if self._since >= EVERY:
            self._since = 0
            self.forget()

    def forget(self) -> bool:
        """Let go of all pages now; False when the map is not found (in a jail without /proc)."""
        try:
            with open("/proc/self/maps", "rb") as maps:
                lines = [line for line in maps if line.endswith(self._name)]
        except OSError:
            return False
        done = False
        for line in lines:
            start, _, end = line.split(b" ", 1)[0].partition(b"-")
            if b"s" in line.split(b" ", 2)[1]:
                first, last = int(start, 16), int(end, 16)
                done = _madvise(first, last - first, _DONTNEED) == 0 or done
        return done
