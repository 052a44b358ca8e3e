"""turns - giving way to others in a long run of work.

gevent's sleep(0) lets greenlets go on that are ready, and nobody else: it looks for input of others only when a thousand
callbacks have run, which is seconds when each of them works for some milliseconds.
"""

import gevent
from gevent import get_hub


def sleep(seconds: float) -> None:
    """Sleep; 0 lets everybody have a turn who is ready or has got input meanwhile."""
    if seconds > 0:
        gevent.sleep(seconds)
    else:
        hub = get_hub()
        hub.wait(hub.loop.timer(0))
