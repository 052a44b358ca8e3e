"""fsck - is the queue sound? Reads every row of an open queue, or every page of one that nobody has open.

`verify` works beside a running mail system, page by page, and names what is damaged. `structure` looks at the file as
bytes, without the engine, and only while the mail system is down: it also finds what checksums cannot, such as pages
that belong to nobody.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from pymaster.store.contract import CorruptRow, StoreUnavailable

if TYPE_CHECKING:
    from pymaster.store.queueread import QueueReader


def verify(queue: QueueReader) -> list[str]:
    """Problems in rows and bodies, one text each; damaged messages end in `queue.suspects`, to be set aside."""
    problems: list[str] = []
    after, before = "", len(queue.suspects)
    while page := queue.scan(after, 200):
        for stored in page:
            queue_id = stored.envelope.queue_id
            text = _check_body(queue, queue_id, stored.envelope.size)
            if text:
                problems.append(f"{queue_id}: {text}")
                queue.suspects[queue_id] = text
        after = page[-1].envelope.queue_id
    fresh = list(queue.suspects.items())[before:]
    named = {problem.split(":", 1)[0] for problem in problems}
    problems += [f"{queue_id}: {reason}" for queue_id, reason in fresh if queue_id not in named]
    return problems


def _check_body(queue: QueueReader, queue_id: str, size: int) -> str:
    """What is wrong with a body; "" when it is whole, or the message went away meanwhile."""
    total = 0
    try:
        for block in queue.chunks(queue_id):
            total += len(block)
    except KeyError:
        return ""
    except CorruptRow as exc:
        return str(exc)
    return "" if total == size else f"body has {total} bytes, not {size}"


def structure(path: str) -> list[str]:
    """Problems in the pages of the queue in directory `path`, which no process may have open. Raises StoreUnavailable."""
    checker: Any = importlib.import_module("lmdb.verify")
    data = os.path.join(path, "data.mdb")
    if not os.path.exists(data):
        raise StoreUnavailable(f"no queue in {path}")
    try:
        return [str(problem) for problem in checker.verify(data, subdir=False)]
    except checker.VerifyError as exc:
        return [str(exc)]
