"""files - what the agents that write mailboxes share: how to lock."""

from pymaster.config.params.local import LocalParams
from pymaster.config.words import split_list
from pymaster.store import mboxlock
from pymaster.util.errors import Fatal


def locking(text: str, local: LocalParams, param: str, *, optional_dotlock: bool = False) -> mboxlock.Locking:
    """The locking that parameter `param` (value `text`) asks for; raises Fatal for an unknown method."""
    try:
        methods = mboxlock.methods(split_list(text))
    except ValueError as error:
        raise Fatal(f"unknown {param} value: {error}") from None
    return mboxlock.Locking(
        methods,
        local.deliver_lock_attempts,
        local.deliver_lock_delay,
        local.stale_lock_time,
        optional_dotlock,
    )
