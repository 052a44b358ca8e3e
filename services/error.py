"""NAME
    error - fail or defer all mail

SYNOPSIS
    error [generic daemon options]

DESCRIPTION
    The next hop is the reason; it may begin with an enhanced status code (RFC 3463): `error:5.1.1 No such user here`.
    Under the service name `error` mail bounces (5.0.0 unless the reason says otherwise), under the name `retry` it is
    deferred (4.0.0). With soft_bounce = yes it is deferred in both cases.

PROTOCOL
    `delivery`: model.messages.DeliveryRequest, DeliveryReport; several requests at once.

SECURITY
    Talks to nobody but the queue manager and reads no mail.

SEE ALSO
    bounce(8), discard(8), qmgr(8), transport(5), RFC 3463
"""

from pymaster.config.params.bounce import BounceParams
from pymaster.deliver.sink import conclude
from pymaster.model.messages import DeliveryReport, DeliveryRequest, Hello
from pymaster.model.status import BOUNCED, DEFERRED
from pymaster.server import records, rehearsal
from pymaster.server.service import Connection, Multi, run


class Error(Multi):
    """error(8) and retry(8)."""

    name = "error"
    params = (BounceParams,)
    window = 100

    def warm(self) -> None:
        self.start()
        rehearsal.converse(self.serve, rehearsal.request)

    def start(self) -> None:
        defers = self.service_name == "retry" or self.snapshot[BounceParams].soft_bounce
        self.outcome = DEFERRED if defers else BOUNCED

    def serve(self, conn: Connection) -> None:
        records.serve(conn, Hello("delivery", window=self.window), (DeliveryRequest,), self.deliver, inline=True)

    def deliver(self, request: DeliveryRequest) -> DeliveryReport:
        """One request."""
        return conclude(request, self.outcome, self.clock.now())


if __name__ == "__main__":
    run(Error)
