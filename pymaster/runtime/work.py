"""work - blocking work of a session in a thread of the system, so that the other sessions of its process go on.

gevent reports an exception of such a thread as if nobody waited for it; here it is handed to who waits.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import gevent

from pymaster.util.errors import DeadlineExceeded

T = TypeVar("T")
# Seconds after which the caller gives up; the thread is left to end by itself.
DEADLINE = 600.0


def work(function: Callable[..., T], *arguments: Any) -> T:
    """`function(*arguments)` in the hub's thread pool. Raises what it raises, and DeadlineExceeded."""
    result: Any = gevent.get_hub().threadpool.spawn(_caught, function, arguments)
    try:
        failed, value = result.get(timeout=DEADLINE)
    except gevent.Timeout as exc:
        raise DeadlineExceeded from exc
    if failed:
        raise value
    return value  # type: ignore[no-any-return]


def _caught(function: Callable[..., T], arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        return False, function(*arguments)
    except Exception as exc:
        return True, exc
