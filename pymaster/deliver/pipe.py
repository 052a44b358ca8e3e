"""pipe - delivery to an external command that a line of master.cf describes (pipe(8))."""

import grp
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from pymaster.config.params.core import CoreParams
from pymaster.config.params.local import LocalParams
from pymaster.config.params.rewriting import RewritingParams
from pymaster.config.snapshot import Snapshot
from pymaster.deliver import command, content, environment, mailfile, pipeargs, report, rights
from pymaster.deliver.pipeargs import PipeLine
from pymaster.deliver.rights import Rights
from pymaster.model.envelope import VERIFY_ONLY, Envelope, Recipient
from pymaster.model.messages import DeliveryReport, DeliveryRequest
from pymaster.model.status import SENT, Status, bounced, deferred, sent
from pymaster.proto.address import quote_local, split
from pymaster.rules.addrsearch import split_extension
from pymaster.util.clock import SYSTEM, Clock
from pymaster.util.errors import Fatal
from pymaster.util.text import printable


@dataclass(slots=True)
class Pipe:
    """The agent of one transport. `words` are the attributes of its master.cf line, `service` its name."""

    snapshot: Snapshot
    words: list[str]
    service: str
    chunks: Callable[[str], Iterator[bytes]]
    clock: Clock = SYSTEM
    line: PipeLine = field(init=False)
    _rights: Rights = field(init=False)
    _seconds: float = field(init=False)
    _environment: dict[bytes, bytes] = field(init=False)
    _rewriting: RewritingParams = field(init=False)

    def __post_init__(self) -> None:
        self.line = pipeargs.parse(self.words, self.service)
        self._rewriting = self.snapshot[RewritingParams]
        self._rights = identity(self.line.user, self.snapshot[CoreParams].mail_owner)
        self._seconds = self.snapshot.transport_float(self.service, "time_limit")
        own = {**os.environ, "MAIL_CONFIG": self.snapshot.config_directory}
        self._environment = environment.exported(self.snapshot[LocalParams].export_environment, own)

    def deliver(self, request: DeliveryRequest) -> DeliveryReport:
        """Deliver to all recipients of the request with one run of the command."""
        status = replace(self._status(request), relay=self.service)
        now = self.clock.now()
        for recipient in request.envelope.recipients:
            report.delivered(request, recipient.address, recipient.orig_to, status, now)
        return DeliveryReport(request.request, tuple([status] * len(request.envelope.recipients)))

    def _status(self, request: DeliveryRequest) -> Status:
        envelope, line = request.envelope, self.line
        if ("D" in line.flags or "O" in line.flags) and len(envelope.recipients) > 1:
            return deferred("mail system configuration error", "4.3.5")
        if line.size and envelope.size > line.size:
            return bounced(
                f"message size {envelope.size} exceeds size limit {line.size} of server {self.service}", "5.2.3"
            )
        shown = printable(line.argv[0])
        if envelope.flags & VERIFY_ONLY:
            return sent(f"delivers to command: {shown}")
        try:
            if "D" in line.flags and self._has_been_here(envelope):
                return bounced(f"mail forwarding loop for {printable(envelope.recipients[0].address)}", "5.4.6")
            order = command.Command(
                pipeargs.expand(line, self._common(request), [self._each(to) for to in envelope.recipients]),
                shown,
                self._rights,
                self._seconds,
                self._environment,
                line.directory,
                line.chroot,
                voice="pipe: fatal: pipe_command",
            )
            ended = command.run(order, self.content(envelope))
        except OSError as error:
            return deferred(f"{error.strerror}", "4.3.0")
        if isinstance(ended, Status):
            return ended
        return self._judged(order, ended)

    def _judged(self, order: command.Command, ended: command.Ended) -> Status:
        text = command.output_text(ended)
        done = f"delivered via {self.service} service" + (f" ({text})" if text else "")
        status = command.status(order, ended, done)
        if status.outcome == SENT:
            status.action = "delivered" if "X" in self.line.flags else "relayed"
        return status

    def _has_been_here(self, envelope: Envelope) -> bool:
        address = quote_local(envelope.recipients[0].address).lower()
        return address in content.delivered_to(self.chunks(envelope.queue_id))

    def content(self, envelope: Envelope) -> Iterable[bytes]:
        """The message as the flags ask for it."""
        flags, first = self.line.flags, envelope.recipients[0]
        sender = envelope.sender or os.fsencode(self.line.null_sender)
        head = mailfile.from_line(sender, self.clock.now()) if "F" in flags else b""
        if "R" in flags:
            head += b"Return-Path: <%s>\n" % mailfile.external(sender)
        if "O" in flags and first.orig_to:
            head += b"X-Original-To: %s\n" % mailfile.external(first.orig_to)
        if "D" in flags:
            head += mailfile.delivered_line(first.address)
        blocks: Iterable[bytes] = self.chunks(envelope.queue_id)
        if ">" in flags:
            blocks = content.quote_from(blocks)
        blocks = content.with_head(head, blocks)
        if "." in flags:
            blocks = content.stuff_dots(blocks)
        if "B" in flags:
            blocks = content.finish_line(blocks, b"\n")
        return blocks if self.line.eol == b"\n" else content.end_lines(blocks, self.line.eol)

    def _common(self, request: DeliveryRequest) -> dict[str, bytes]:
        """The macros that have one value for the message."""
        envelope, origin, flags = request.envelope, request.envelope.origin, self.line.flags
        sender = envelope.sender or os.fsencode(self.line.null_sender)
        nexthop = os.fsencode(request.nexthop)
        values = {
            "client_address": origin.client_address,
            "client_helo": origin.helo,
            "client_hostname": origin.client_name,
            "client_port": origin.client_port,
            "client_protocol": origin.protocol,
            "sasl_method": origin.sasl_method,
            "sasl_sender": origin.sasl_sender,
            "sasl_username": origin.sasl_username,
            "queue_id": envelope.queue_id,
            "size": str(envelope.size),
        }
        return {
            **{name: os.fsencode(value) for name, value in values.items()},
            "envid": envelope.envid,
            "nexthop": nexthop.lower() if "h" in flags else nexthop,
            "sender": quote_local(sender) if "q" in flags else sender,
        }

    def _each(self, recipient: Recipient) -> dict[str, bytes]:
        """The macros of one recipient."""
        flags = self.line.flags
        local, domain = split(recipient.address)
        mailbox = local.lower() if "u" in flags else local
        where = (domain or b"").lower() if "h" in flags else domain or b""
        rewriting = self._rewriting
        user, extension = split_extension(mailbox, rewriting.recipient_delimiter, rewriting.owner_request_special)
        return {
            "recipient": self._folded(recipient.address),
            "original_recipient": self._folded(recipient.orig_to),
            "mailbox": mailbox,
            "user": user,
            "extension": extension[1:],
            "domain": where,
        }

    def _folded(self, address: bytes) -> bytes:
        flags = self.line.flags
        local, domain = split(address)
        if "u" in flags:
            local = local.lower()
        if domain is not None:
            local += b"@" + (domain.lower() if "h" in flags else domain)
        return quote_local(local) if "q" in flags else local


def identity(user: str, mail_owner: str) -> Rights:
    """The rights that `user=name` or `user=name:group` names; raises Fatal for privileged ones."""
    name, _, group = user.partition(":")
    rule = rights.forbidden(mail_owner)
    made = rights.named(name, "user= command-line attribute", rule)
    if group and rule is not None:
        try:
            made = replace(made, gid=grp.getgrnam(group).gr_gid)
        except KeyError:
            raise Fatal(f"user= command-line attribute: unknown group {group}") from None
        rule.check(made.uid, made.gid, "user= command-line attribute")
    return made
