"""tocommand - `|command` destinations and mailbox_command."""

import os

from pymaster.deliver import command, content, environment, expand, mailfile
from pymaster.deliver.local.job import Attributes, Job
from pymaster.deliver.local.tofile import effective
from pymaster.deliver.rights import Rights
from pymaster.model.status import Status, bounced, deferred, sent
from pymaster.util import log
from pymaster.util.errors import ConfigError
from pymaster.util.text import printable


def deliver(job: Job, attributes: Attributes, line: bytes) -> None:
    """Deliver to a command that an alias, .forward or :include: names."""
    who = effective(job, attributes.rights)
    if not job.first("command", str(who.uid), os.fsdecode(line)):
        return
    if attributes.source not in job.tools.commands_from:
        job.done(attributes, bounced("mail to command is restricted", "5.7.1"))
        return
    run(job, attributes, who, line)


def run(job: Job, attributes: Attributes, who: Rights, line: bytes) -> None:
    """Run a command line with somebody's rights and note the outcome."""
    shown = printable(line, 500)
    if job.verify_only:
        job.done(attributes, sent(f"delivers to command: {shown}"))
        return
    params = job.tools.params
    try:
        directory = _directory(job, attributes, who)
    except ConfigError as error:
        log.warning(f"bad command_execution_directory: {error}")
        job.done(attributes, deferred("mail system configuration error", "4.3.5"))
        return
    order = command.Command(
        command.argv_of(line, params.local_command_shell),
        shown,
        who,
        params.command_time_limit,
        job.tools.environment | _variables(job, attributes, who),
        directory,
        limit=params.mailbox_size_limit,
    )
    ended = _run(job, attributes, order)
    if isinstance(ended, Status):
        job.done(attributes, ended)
    else:
        job.done(attributes, command.status(order, ended, f"delivered to command: {shown}"))


def _run(job: Job, attributes: Attributes, order: command.Command) -> command.Ended | Status:
    delivered = attributes.delivered if "command" in job.tools.prepend else b""
    lines = mailfile.from_line(attributes.sender, job.tools.clock.now())
    lines += mailfile.head(attributes.sender, job.recipient.orig_to, delivered)
    try:
        return command.run(order, content.with_head(lines, job.blocks()))
    except OSError as error:
        return deferred(f"{error.strerror}", "4.3.0")


def _directory(job: Job, attributes: Attributes, who: Rights) -> str:
    text = job.tools.params.command_execution_directory
    if not text:
        return ""
    allowed = job.tools.params.execution_directory_expansion_filter
    return expand.expand(text, attributes.values(who), allowed).text


def _variables(job: Job, attributes: Attributes, who: Rights) -> dict[bytes, bytes]:
    """The environment of local(8): the user's, the address's, the client's."""
    envelope = job.request.envelope
    owned = who is not job.tools.default_rights
    values = {
        "USER": os.fsdecode(attributes.user),
        "LOGNAME": os.fsdecode(attributes.user),
        # A command of an alias has the rights of nobody in particular, and so nobody's home.
        "HOME": who.home if owned else "",
        "SHELL": who.shell if owned else "",
        "LOCAL": os.fsdecode(attributes.local),
        "DOMAIN": os.fsdecode(attributes.domain),
        "EXTENSION": os.fsdecode(attributes.extension),
        "RECIPIENT": os.fsdecode(attributes.address),
        "ORIGINAL_RECIPIENT": os.fsdecode(job.recipient.orig_to),
        "SENDER": os.fsdecode(attributes.sender) or "MAILER-DAEMON",
        "ENVID": os.fsdecode(envelope.envid),
    }
    values |= environment.of_client(envelope.origin)
    return environment.filtered(values, job.tools.params.command_expansion_filter)
