"""NAME
    virtual - deliver to the mailboxes of virtual users

SYNOPSIS
    virtual [generic daemon options]

DESCRIPTION
    Delivers mail to Maildirs and mbox files whose paths, uids and gids come from lookup tables, indexed by the whole
    recipient address in lower case: user+extension@domain, user@domain, @domain. The path is
    $virtual_mailbox_base/$virtual_mailbox_maps(recipient); one that ends in / is a Maildir and made when it is missing.
    Nothing else happens here: no aliases, no .forward files, no commands.

    Messages get Return-Path, X-Original-To and Delivered-To headers. A Maildir file is named after the queue id and the
    number of the recipient, so that a delivery repeated after a crash makes no second copy.

    Requests that arrive together are made durable together.

PROTOCOL
    `delivery`: model.messages.DeliveryRequest, DeliveryReport; several requests at once.

SECURITY
    Runs as root and takes the rights of each mailbox's uid while it writes. A uid below virtual_minimum_uid is refused.
    A table's result may not contain `..`, and `proxy:` is ignored. Started by an ordinary user it delivers only to
    mailboxes of that user.

DIAGNOSTICS
    Mail bounces when the recipient has no mailbox or is over quota; in all other cases it is deferred, and a warning
    says why.

SEE ALSO
    local(8), virtual(5), postconf(5)
"""

from collections.abc import Sequence

from pymaster.config.params.core import CoreParams
from pymaster.config.params.local import LocalParams
from pymaster.config.params.routing import RoutingParams
from pymaster.config.params.virtual import VirtualParams
from pymaster.deliver.virtual import Virtual
from pymaster.model.messages import DeliveryReport, DeliveryRequest, Hello
from pymaster.server import agent, batches, rehearsal
from pymaster.server.service import Connection, Single, run
from pymaster.tables.tableset import TableSet


class VirtualAgent(Single):
    """virtual(8)."""

    name = "virtual"
    params = (CoreParams, RoutingParams, LocalParams, VirtualParams)
    window = 32

    def warm(self) -> None:
        self.tables = TableSet(self.snapshot, renewing=True)
        self.agent = Virtual(self.snapshot, rehearsal.committer().store.chunks, self.tables.open, self.clock, None)
        rehearsal.converse(self.serve, rehearsal.request)

    def before_jail(self) -> None:
        self.reader = agent.Reader(agent.queue_path(self.snapshot))
        self.reader.open()
        self.tables = TableSet(self.snapshot, renewing=True)
        journal = agent.journal(self.snapshot, self.clock.now())
        self.agent = Virtual(self.snapshot, self.reader.chunks, self.tables.open, self.clock, journal)

    def serve(self, conn: Connection) -> None:
        batches.serve(conn, Hello("delivery", window=self.window), DeliveryRequest, self.deliver)

    def deliver(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryReport]:
        """One batch."""
        return self.agent.deliver(requests)

    def stop(self) -> None:
        self.agent.close()
        self.reader.close()
        self.tables.close()


if __name__ == "__main__":
    run(VirtualAgent)
