"""resync - having a mailbox's index built anew from the mail itself: for an index that is not believed.

UIDs and flags are with the mail (`dovecot-uidlist` and file names, or the headers of an mbox) and stay. What is in the
index alone goes: the history of changes (clients with QRESYNC look at all flags once), keywords beyond Maildir's 26.
"""

from __future__ import annotations

import contextlib
import os

from pymaster.store.mailbox.index import CACHE, INDEX, LOG, lock
from pymaster.store.safeopen import open_directory


def drop_index(place: str) -> None:
    """Remove the index files in a folder; whoever opens the mailbox next, or has it open, makes new ones. Raises OSError."""
    folder = open_directory(place, follow=True)
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        held = os.open(LOG, flags, 0o600, dir_fd=folder)
        try:
            # Nobody may be in the middle of a commit. The log goes last: its absence is what others look for.
            lock(held)
            for name in (INDEX, CACHE, LOG):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=folder)
            os.fsync(folder)
        finally:
            os.close(held)
    finally:
        os.close(folder)
