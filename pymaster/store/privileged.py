"""privileged - the moments in which a mail worker uses the spool's group: making and removing a lock file in /var/mail.

The worker's saved gid is that group (`server.mailfork`), its real and effective ones are the user's. Only what is done inside
the block has the group's rights; a process without such a saved gid is not changed at all.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def spool() -> Iterator[None]:
    """Have the spool's group inside the block. No switch to other work may happen in it."""
    real, effective, saved = os.getresgid()
    # A delivery agent that acts as a user has root's gid as the real one too: it goes another way (`deliver.rights`).
    if saved == effective or real != effective or os.geteuid() == 0:
        yield
        return
    os.setegid(saved)
    try:
        yield
    finally:
        os.setegid(effective)
