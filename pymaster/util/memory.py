"""memory - after a start: no garbage, no free pages, and nothing left for a collector to look at and so to copy.

A full collection looks at every object: with 20,000 messages active that stops a hub for a third of a second. Services
with a hub therefore collect young objects only, as they are made, and old ones now and then while they are few.
"""

import ctypes
import gc

_LIBC = ctypes.CDLL(None)


def settle() -> None:
    """Call it once, when everything is loaded that the process, or those it forks, will need for long (gc.freeze)."""
    gc.collect()
    trim()
    gc.freeze()


def trim() -> None:
    """Give free pages in the middle of the heap back: after large mail there are many, and they do not go by themselves."""
    # glibc only; others have no such name.
    malloc_trim = getattr(_LIBC, "malloc_trim", None)
    if malloc_trim is not None:
        malloc_trim(0)


# A full collection of this many old objects takes some 20 ms.
FEW = 200_000
_NEVER = 1_000_000_000


def bound_pauses() -> None:
    """From now on no collection by itself looks at old objects; call `sweep` every half minute instead."""
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(max(young, 2000), middle, _NEVER)


class Sweeper:
    """Full collections while they are short, or when there may be much to find; then free pages go back."""

    def __init__(self) -> None:
        self._left = 0

    def sweep(self) -> bool:
        """Collect, if old objects are few or twice as many as the last time left; whether it was done."""
        count = len(gc.get_objects(generation=2))
        if FEW < count < 2 * max(self._left, FEW):
            return False
        gc.collect()
        trim()
        self._left = len(gc.get_objects(generation=2))
        return True
