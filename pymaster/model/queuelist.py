"""queuelist - what showq(8) asks of the queue manager: which messages are active now.

The queue's rows do not say so: being active is a matter of the queue manager's memory.
"""

from pymaster.util.record import Record, record


@record(tag=45)
class ActiveQuery(Record):
    """Which messages are active?"""

    request: int = 0


@record(tag=46)
class ActiveIds(Record):
    """The queue ids of the active messages, in no particular order."""

    queue_ids: tuple[str, ...]
