"""NAME
    local - deliver to the users of this machine

SYNOPSIS
    local [generic daemon options]

DESCRIPTION
    Mail for a name of this machine goes, in this order, to: the system's aliases; the user's .forward;
    mailbox_transport_maps, mailbox_transport; mailbox_command_maps, mailbox_command; home_mailbox;
    mail_spool_directory; for names that are no users: fallback_transport_maps, fallback_transport, luser_relay; or back
    to its sender. Names are compared in lower case. With recipient_delimiter, mail for name+extension is tried as
    name+extension first and as name then.

    An alias, a .forward file or an :include: file lists addresses, "|command", /file/name, /maildir/ and
    :include:/file/name. Mail forwarded to other addresses becomes new messages, committed to the queue together with the
    mark that this delivery is done. A Delivered-To header stops loops.

    An mbox gets a From_ line, Return-Path, X-Original-To and Delivered-To headers, ">From " quoting and an empty line at
    its end, under the locks of mailbox_delivery_lock. A Maildir file is named after the queue id and the recipient's
    number, so that a delivery repeated after a crash makes no second copy.

PROTOCOL
    `delivery`: model.messages.DeliveryRequest, DeliveryReport; one request at a time.

SECURITY
    Runs as root and takes the rights of the recipient for every file and command; in the absence of one, those of the
    owner of the alias table or :include: file; root's become those of default_privs. Commands run without secondary
    groups, in a clean environment, for at most command_time_limit. Mailboxes that are links, have several names or belong
    to somebody else are refused.

DIAGNOSTICS
    What fails for now is deferred, and a warning says why. Commands answer by the statuses of sysexits(3).

SEE ALSO
    aliases(5), virtual(8), pipe(8), postconf(5)
"""

from pymaster.config.params.cleanup import CleanupParams
from pymaster.config.params.core import CoreParams
from pymaster.config.params.local import LocalParams
from pymaster.config.params.process import ProcessParams
from pymaster.config.params.rewriting import RewritingParams
from pymaster.deliver.guard import GUARD
from pymaster.deliver.local.agent import Local, Outside, tools
from pymaster.deliver.local.resubmit import Resubmit
from pymaster.model.messages import DeliveryRequest, Hello
from pymaster.rules.resolve import Resolver
from pymaster.server import agent, records, rehearsal
from pymaster.server.handover import HandOver
from pymaster.server.service import Connection, Single, run
from pymaster.tables.tableset import TableSet


class LocalAgent(Single):
    """local(8)."""

    name = "local"
    params = (CoreParams, LocalParams, RewritingParams, CleanupParams, ProcessParams)

    def warm(self) -> None:
        tables = TableSet(self.snapshot)
        resolver = Resolver(self.snapshot, tables.open)
        committer = rehearsal.committer()
        Resubmit(self.snapshot, tables.open, committer.mint, committer.stager, lambda message: None, self.clock)
        # Everything beyond asks the system for users, and NSS may keep connections.
        rehearsal.rounds(lambda number: resolver.resolve(b"a@example.com", b"b@example.com"))
        rehearsal.converse(
            lambda conn: records.serve(conn, Hello("delivery"), (DeliveryRequest,), rehearsal.deferred),
            rehearsal.request,
        )

    def before_jail(self) -> None:
        self.queue = agent.Writer(self.snapshot, self.clock)
        self.tables = TableSet(self.snapshot, renewing=True)
        resolver = Resolver(self.snapshot, self.tables.open)
        resubmit = Resubmit(
            self.snapshot, self.tables.open, self.queue.mint, self.queue.stager, self.queue.insert, self.clock
        )
        core = self.snapshot[CoreParams]
        outside = Outside(
            self.queue.chunks,
            self.tables.open,
            resolver.resolve,
            resolver.rewriter.rewrite,
            resubmit.forward,
            HandOver(core.queue_directory, self.snapshot[ProcessParams].ipc_timeout),
            agent.journal(self.snapshot, self.clock.now()),
            self.clock,
        )
        self.agent = Local(tools(self.snapshot, outside, self.service_name))

    def serve(self, conn: Connection) -> None:
        records.serve(conn, Hello("delivery", window=self.window), (DeliveryRequest,), self.agent.deliver)

    def stop(self) -> None:
        GUARD.close()
        self.agent.close()
        self.queue.close()
        self.tables.close()


if __name__ == "__main__":
    run(LocalAgent)
