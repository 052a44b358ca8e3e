"""messages - the records that services send one another; one schema per socket.

Every listener's first frame is Hello: protocol name, version, and `window`, how many requests it takes before it has
answered one. Requests carry a number of the sender's choice; reports name it, in any order.
"""

from pymaster.model.envelope import Envelope, Recipient
from pymaster.model.greeting import VERSION as VERSION
from pymaster.model.greeting import Changed as Changed
from pymaster.model.greeting import Flush as Flush
from pymaster.model.greeting import Hello as Hello
from pymaster.model.status import Status
from pymaster.model.stored import NewMessage
from pymaster.util.record import Record, record


@record(tag=31)
class DeliveryRequest(Record):
    """qmgr to an agent: deliver to `envelope.recipients`, whose indexes in the queued message are `indexes`.

    `active` is the wall time when qmgr took the message up, `dispatched` when it sent this request (for `delays=`).
    """

    request: int
    nexthop: str
    envelope: Envelope
    indexes: tuple[int, ...]
    active: float
    dispatched: float


@record(tag=32)
class DeliveryReport(Record):
    """An agent's answer: one Status for each recipient of the request, in order.

    `blocked` is set when the destination could not be reached or refused the session (connection or handshake
    failure): negative feedback for the scheduler. `children` are committed together with the outcomes.
    """

    request: int
    statuses: tuple[Status, ...]
    children: tuple[NewMessage, ...] = ()
    blocked: Status | None = None


@record(tag=33)
class Arrived(Record):
    """A hint to qmgr that a message was committed; the envelope comes along if it is small. May be lost."""

    queue_id: str
    envelope: Envelope | None = None


@record(tag=36)
class BounceRequest(Record):
    """qmgr to the bounce service: build the notification of `kind` (`failure`, `delay`, `success`, `verify`)."""

    request: int
    kind: str
    envelope: Envelope
    recipients: tuple[Recipient, ...]
    statuses: tuple[Status, ...]
    seed: str


@record(tag=37)
class BounceReport(Record):
    """The notifications to commit (none when nobody is to be told), or `failed`: try again later."""

    request: int
    children: tuple[NewMessage, ...] = ()
    failed: bool = False
