"""offload - lookups that may wait for another program (NSS behind sssd or LDAP) run in a thread, not on the hub."""

from collections.abc import Callable
from typing import TypeVar, cast

import gevent

from pymaster.util.errors import LookupFailed

K = TypeVar("K")
V = TypeVar("V")
# Seconds after which a lookup counts as failed; its thread is left to end by itself.
DEADLINE = 30.0


def offload(find: Callable[[K], V], key: K) -> V:
    """`find(key)` from the hub's thread pool; the calling greenlet waits, the others go on. Raises LookupFailed."""
    result = gevent.get_hub().threadpool.spawn(find, key)
    try:
        return cast(V, result.get(timeout=DEADLINE))
    except gevent.Timeout as exc:
        raise LookupFailed("the lookup takes too long") from exc
