"""cost - CPU seconds of a call, for tests that time grows no faster than the input."""

import gc
import time
from collections.abc import Callable


def cpu(work: Callable[[], object], runs: int = 3) -> float:
    """The least CPU seconds of a few runs. Without the collector, which would look at all that the test run has made."""
    best = float("inf")
    enabled = gc.isenabled()
    gc.disable()
    try:
        for _ in range(runs):
            start = time.process_time()
            work()
            best = min(best, time.process_time() - start)
    finally:
        if enabled:
            gc.enable()
    return best
