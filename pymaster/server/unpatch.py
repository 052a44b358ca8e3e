"""unpatch - the standard library as it was, in a process that was forked from a greenlet nursery and must never have a hub.

gevent keeps what it replaced; libraries imported from now on (LDAP, SQL drivers) find the originals. Modules of the
standard library that were first imported when others were replaced already, and took classes from these, are run again.
Only for a process that has no hub yet.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

# gevent's own hooks at fork(2) count on these as it made them; its locks work without a hub where nobody contends.
LEFT = frozenset(("threading", "_thread", "_threading_local", "queue"))
# Built on classes of `select` and `socket`, in this order.
BUILT_ON = ("selectors", "ssl")


def unpatch() -> int:
    """Put the originals back; returns how many names were restored (0 where nothing had been patched)."""
    monkey: Any = sys.modules.get("gevent.monkey")
    if monkey is None:
        return 0
    count = 0
    for name, originals in list(monkey.saved.items()):
        module = sys.modules.get(name)
        if module is None or name in LEFT:
            continue  # gevent keeps its own notes there, too
        for attribute, original in originals.items():
            setattr(module, attribute, original)
            count += 1
    monkey.saved.clear()
    for name in BUILT_ON:
        if name in sys.modules:
            importlib.reload(sys.modules[name])
    return count
