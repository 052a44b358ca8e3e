"""schedule - what one message costs in the scheduler: add, next, report (goal: under 60 us for one recipient).

python benchmarks/micro/schedule.py
"""

import sys
import time
from collections import deque
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pymaster.rules.schedule.limits import Limits, TransportLimits
from pymaster.rules.schedule.scheduler import REACHED, Routed, Scheduler


def flow(count: int, sites: int, backlog: int) -> float:
    """Microseconds per message: `count` messages to `sites` next hops, `backlog` of them waiting all the time."""
    scheduler = Scheduler(Limits(lambda name: TransportLimits()))
    scheduler.capacity("smtp", 100)
    routes = [[Routed(0, "smtp", f"site{n}.example", b"user@example")] for n in range(sites)]
    busy: deque[object] = deque()
    now = 0.0
    begin = time.perf_counter()
    for number in range(count):
        scheduler.add(number, routes[number % sites], now)
        if number < backlog:
            continue
        for entry in scheduler.next(now, 1):
            busy.append(entry)
        if len(busy) > 4:
            scheduler.report(busy.popleft(), REACHED, now)  # type: ignore[arg-type]
        now += 0.001
    return (time.perf_counter() - begin) / count * 1e6


def main() -> None:
    """Print one line per load."""
    for sites, backlog in ((1, 0), (100, 0), (1, 10000), (1000, 10000)):
        best = min(flow(30000, sites, backlog) for _ in range(3))
        print(f"{sites:5d} next hops, {backlog:6d} waiting: {best:6.1f} us per message")


if __name__ == "__main__":
    main()
