"""monitor - memory and processor time of the workers, and the picture that `pymaster ps` shows (proc(5))."""

import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

INTERVAL = 10.0
MEGABYTE = 1 << 20
_PSS = re.compile(r"^Pss: +(\d+) kB$", re.MULTILINE)
# Positions behind the name in /proc/PID/stat: utime, stime, starttime (clock ticks), rss (pages).
_UTIME, _STIME, _STARTED, _RSS = 11, 12, 19, 21


class Monitor:
    """Watches resident memory. `limit` is in megabytes, 0 for none."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.next_look = 0.0

    def too_large(self, pids: Iterable[int], now: float) -> list[int]:
        """The pids of processes above the limit; looks every ten seconds only."""
        if not self.limit or now < self.next_look:
            return []
        self.next_look = now + INTERVAL
        return [pid for pid in pids if usage(pid)["memory"] > self.limit * MEGABYTE]


def usage(pid: int) -> dict[str, float]:
    """A process's resident memory in bytes, processor time and age in seconds; zeros when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return {"memory": 0, "cpu": 0.0, "age": 0.0}
    # The name may hold anything, parentheses included.
    words = text[text.rindex(")") + 2 :].split()
    tick = os.sysconf("SC_CLK_TCK")
    return {
        "memory": int(words[_RSS]) * os.sysconf("SC_PAGE_SIZE"),
        "cpu": (int(words[_UTIME]) + int(words[_STIME])) / tick,
        "age": time.clock_gettime(time.CLOCK_BOOTTIME) - int(words[_STARTED]) / tick,
    }


def proportional(pids: Iterable[int]) -> int:
    """The sum of PSS in bytes: shared pages count once in all. Processes we may not look into count nothing."""
    total = 0
    for pid in pids:
        try:
            found = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
        except OSError:
            continue  # gone, or another user's
        total += int(found[1]) * 1024 if found else 0
    return total
