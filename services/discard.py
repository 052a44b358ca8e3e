"""NAME
    discard - throw mail away

SYNOPSIS
    discard [generic daemon options]

DESCRIPTION
    Reports every recipient as delivered and delivers nothing. The next hop is logged as the reason, so that
    `transport_maps` can say why: `discard:mail for the old list`.

PROTOCOL
    `delivery`: model.messages.DeliveryRequest, DeliveryReport; several requests at once.

SECURITY
    Talks to nobody but the queue manager and reads no mail.

SEE ALSO
    error(8), qmgr(8), transport(5)
"""

from pymaster.deliver.sink import conclude
from pymaster.model.messages import DeliveryReport, DeliveryRequest, Hello
from pymaster.model.status import SENT
from pymaster.server import records, rehearsal
from pymaster.server.service import Connection, Multi, run


class Discard(Multi):
    """discard(8)."""

    name = "discard"
    window = 100

    def warm(self) -> None:
        rehearsal.converse(self.serve, rehearsal.request)

    def serve(self, conn: Connection) -> None:
        records.serve(conn, Hello("delivery", window=self.window), (DeliveryRequest,), self.deliver, inline=True)

    def deliver(self, request: DeliveryRequest) -> DeliveryReport:
        """One request."""
        return conclude(request, SENT, self.clock.now())


if __name__ == "__main__":
    run(Discard)
