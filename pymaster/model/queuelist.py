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


@record(tag=47)
class ListQuery(Record):
    """postqueue(1) to showq(8): the next page of the queue, after message `after`; or, if `skip` is not 0, from
    recipient `skip` of message `after` on."""

    after: str = ""
    skip: int = 0


@record(tag=48)
class Listed(Record):
    """One message of a listing, or a further part of it when it has very many recipients (`part` counts from 0).

    `queue_name` is `incoming`, `active`, `deferred` or `hold`; `addresses` are the recipients that wait, those with a
    reason for their delay first, and `reasons` says why, "" where nothing was tried.
    """

    queue_name: str
    queue_id: str
    arrival: float
    size: int
    forced_expire: bool
    sender: bytes
    addresses: tuple[bytes, ...] = ()
    reasons: tuple[str, ...] = ()
    part: int = 0


@record(tag=49)
class ListPage(Record):
    """A page of a listing; `after` and `skip` are those of the next query, `last` says that there is none."""

    items: tuple[Listed, ...]
    after: str = ""
    skip: int = 0
    last: bool = False
