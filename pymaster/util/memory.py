"""memory - after a start: no garbage, no free pages, and nothing left for a collector to look at and so to copy."""

import ctypes
import gc

_LIBC = ctypes.CDLL(None)


def settle() -> None:
    """Call it once, when everything is loaded that the process, or those it forks, will need for long (gc.freeze)."""
    gc.collect()
    # glibc only; others have no such name.
    trim = getattr(_LIBC, "malloc_trim", None)
    if trim is not None:
        trim(0)
    gc.freeze()
