"""monitor - memory and processor time of the workers, and the picture that `pymaster ps` shows."""

import time
from collections.abc import Iterable

import psutil

INTERVAL = 10.0
MEGABYTE = 1 << 20


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
        process = psutil.Process(pid)
        with process.oneshot():
            times = process.cpu_times()
            return {
                "memory": process.memory_info().rss,
                "cpu": times.user + times.system,
                "age": time.time() - process.create_time(),
            }
    except psutil.Error:
        return {"memory": 0, "cpu": 0.0, "age": 0.0}


def proportional(pids: Iterable[int]) -> int:
    """The sum of PSS in bytes: shared pages count once in all. Processes we may not look into count nothing."""
    total = 0
    for pid in pids:
        try:
            total += psutil.Process(pid).memory_full_info().pss
        except psutil.Error:
            continue  # gone, or another user's
    return total
