"""deliveries - what a delivery agent tells a mailbox's index: the digest of the message it has just put there.

So that whoever opens the mailbox later finds everything prepared. It is an offer: a mailbox that has no index (nobody
reads it by POP3 or IMAP) costs two system calls, and whatever goes wrong the delivery stands.
"""

from __future__ import annotations

import os

from pymaster.proto.message.digest import pack
from pymaster.proto.message.summary import summarize
from pymaster.store.mailbox.cache import append, record
from pymaster.store.mailbox.index import LOG
from pymaster.store.mailbox.wire import wire_form
from pymaster.store.safeopen import open_directory
from pymaster.util import log

# A larger message is digested when somebody reads it.
LARGEST = 4 << 20


def note_delivery(index_place: str, base_name: str, data: bytes) -> bool:
    """Add the digest of a message to the mailbox whose index files lie in `index_place` (for a Maildir without another
    place the Maildir itself). `base_name` is its file name without `:2,FLAGS`; `data` the message with LF or CRLF line
    ends. Whether it was added. Never raises: a failure is a debug line.
    """
    try:
        return _note(index_place, base_name, data)
    except Exception as exc:
        log.debug(f"{index_place}: no digest kept for {base_name}: {exc!r}")
        return False


def wanted(index_place: str) -> bool:
    """Whether the mailbox has an index, so that it is worth while to keep the message's bytes for `note_delivery`."""
    try:
        os.stat(f"{index_place.rstrip('/')}/{LOG}", follow_symlinks=False)
    except (OSError, ValueError):
        return False
    return True


def _note(index_place: str, base_name: str, data: bytes) -> bool:
    if len(data) > LARGEST or not wanted(index_place):
        return False
    fd = open_directory(index_place.rstrip("/") or "/", follow=os.geteuid() != 0)
    try:
        append(fd, record(base_name, pack(summarize(wire_form(data)))), create=True)
    finally:
        os.close(fd)
    return True
