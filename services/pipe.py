"""NAME
    pipe - deliver mail to an external command

SYNOPSIS
    pipe [generic daemon options] attribute=value ... argv=command ...

DESCRIPTION
    Runs a command for each delivery request, with the message on its standard input. The command, its user and what is
    done to the message are attributes at the end of the service's line in master.cf:

    argv=command ...      the command and its arguments, last of all; no shell is between. {argument with blanks}.
    user=name[:group]     whose rights it has (required); neither root's nor the mail system owner's.
    directory=path        where it starts; chroot=path: the root folder it is put in before.
    flags=BDFORXhqu.>     B empty line at the end; D Delivered-To (and loop detection); F From_ line; O X-Original-To;
                          R Return-Path; X the command is the final delivery; h domain, u local part in lower case;
                          q quote addresses; . stuff dots; > quote "From " lines.
    eol=string            line ends; null_sender=text: what $sender is for the null sender (MAILER-DAEMON);
    size=bytes            larger messages are returned.

    In arguments: ${recipient} ${original_recipient} ${user} ${extension} ${mailbox} ${domain} (as many arguments as there
    are recipients), ${sender} ${nexthop} ${queue_id} ${size} ${envid} ${client_address} ${client_helo}
    ${client_hostname} ${client_port} ${client_protocol} ${sasl_method} ${sasl_sender} ${sasl_username}.

    The whole message is written to a private unnamed file before the command starts, so it never reads half of one.

PROTOCOL
    `delivery`: model.messages.DeliveryRequest, DeliveryReport; one request at a time.

SECURITY
    The command runs in a session of its own without secondary groups, with a clean environment, and is killed with its
    process group after transport_time_limit ($command_time_limit).

DIAGNOSTICS
    Exit statuses are those of sysexits(3); an enhanced status code at the front of the output takes precedence.

SEE ALSO
    local(8), master(5), postconf(5)
"""

from pymaster.config.params.core import CoreParams
from pymaster.config.params.local import LocalParams
from pymaster.config.params.rewriting import RewritingParams
from pymaster.deliver.guard import GUARD
from pymaster.deliver.pipe import Pipe
from pymaster.model.messages import DeliveryRequest, Hello
from pymaster.server import agent, records, rehearsal
from pymaster.server.service import Connection, Single, run


class PipeAgent(Single):
    """pipe(8)."""

    name = "pipe"
    params = (CoreParams, LocalParams, RewritingParams)

    def warm(self) -> None:
        rehearsal.converse(
            lambda conn: records.serve(conn, Hello("delivery"), (DeliveryRequest,), rehearsal.deferred),
            rehearsal.request,
        )

    def before_jail(self) -> None:
        self.reader = agent.Reader(agent.queue_path(self.snapshot))
        self.reader.open()
        self.agent = Pipe(self.snapshot, self.args, self.service_name, self.reader.chunks, self.clock)

    def serve(self, conn: Connection) -> None:
        records.serve(conn, Hello("delivery", window=self.window), (DeliveryRequest,), self.agent.deliver)

    def stop(self) -> None:
        GUARD.close()
        self.reader.close()


if __name__ == "__main__":
    run(PipeAgent)
