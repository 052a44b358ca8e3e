"""waiting - the submissions in the maildrop folder, for a listing while the mail system is down."""

import os

from pymaster.model.queuelist import Listed
from pymaster.proto.submission import BadSubmission, Reader
from pymaster.store.maildrop import Maildrop


def listed(folder: str) -> list[Listed]:
    """What waits there and can be read by us, oldest first; what is no submission is left out."""
    drop = Maildrop(folder)
    found = [_one(drop, name) for name in drop.names()]
    return [item for item in found if item is not None]


def _one(drop: Maildrop, name: str) -> Listed | None:
    reader = Reader()
    try:
        info = os.lstat(os.path.join(drop.path, name))
        with drop.open(name) as (_, blocks):
            for block in blocks:
                if reader.feed(block):
                    break  # the envelope comes before the content
    except (OSError, BadSubmission):
        return None
    people = tuple([address for address, _, _ in reader.recipients])
    sender = reader.attributes.get(b"sender", b"")
    return Listed("maildrop", name, info.st_mtime, info.st_size, False, sender, people, ("",) * len(people))
