"""recipient - where mail for one address of this machine goes, in the order that administrators rely on.

aliases, .forward, mailbox_transport_maps, mailbox_transport, mailbox_command_maps, mailbox_command, home_mailbox,
mail_spool_directory, fallback_transport_maps, fallback_transport, luser_relay. Sources: local(8), postconf(5).
"""

import os
from collections.abc import Sequence
from dataclasses import replace

from pymaster.deliver import rights
from pymaster.deliver.local import alias, forward, include, indirect, mailbox, tocommand, tofile, unknown
from pymaster.deliver.local.job import INCLUDE, MAX_LEVEL, MAX_STEPS, RELAY, Attributes, Job
from pymaster.deliver.rights import Rights
from pymaster.model.status import Status, bounced, deferred
from pymaster.proto.address import quote_local
from pymaster.rules import aliases
from pymaster.rules.aliases import Destination
from pymaster.util import log, passwd
from pymaster.util.errors import LookupFailed
from pymaster.util.text import printable


def deliver(job: Job, given: Attributes, address: bytes) -> None:
    """Deliver to an address whose domain is this machine."""
    tools = job.tools
    attributes = given.at(address, tools.rewriting.recipient_delimiter, tools.rewriting.owner_request_special)
    if not attributes.delivered:
        attributes = replace(attributes, delivered=address)
    shown = printable(address)
    if quote_local(address).lower() in job.visited:
        job.done(attributes, bounced(f"mail forwarding loop for {shown}", "5.4.6"))
    elif not attributes.user:
        job.done(attributes, bounced(f'null username in "{shown}"', "5.1.3"))
    elif job.first("recipient", str(attributes.level), os.fsdecode(address)):
        _switch(job, attributes)


def _switch(job: Job, attributes: Attributes) -> None:
    attributes = replace(attributes, unmatched=b"")
    if alias.deliver(job, attributes, attributes.local):
        return
    if attributes.user != attributes.local:
        tail = attributes.delimiter + attributes.extension if "alias" in job.tools.propagate else b""
        if alias.deliver(job, replace(attributes, unmatched=tail), attributes.user):
            return
    # Mail that an alias with an owner, or somebody's .forward, sends to another user of this machine: a message of its
    # own, so that one user's trouble does not repeat everybody's delivery.
    if (attributes.owner and attributes.owner.lower() != attributes.user) or attributes.source == INCLUDE:
        indirect.deliver(job, attributes, attributes.address)
    else:
        _user(job, attributes, forwarding=True)


def _user(job: Job, attributes: Attributes, *, forwarding: bool) -> None:
    """A user's .forward and mailbox, or what there is instead."""
    try:
        entry = passwd.by_name(attributes.user)
    except LookupFailed as error:
        log.warning(f"{error}")
        job.done(attributes, deferred("user database lookup failure", "4.3.0"))
        return
    user = Rights.of(entry) if entry else None
    if user is not None:
        problem = _home(job, user)
        if problem is not None:
            job.done(attributes, problem)
            return
        if forwarding and forward.deliver(job, attributes, user):
            return
    if mailbox.by_transport(job, attributes):
        return
    if user is not None:
        mailbox.deliver(job, attributes, user)
    else:
        unknown.deliver(job, attributes)


def _home(job: Job, user: Rights) -> Status | None:
    """require_home_directory: mail waits while a home is not there."""
    if not job.tools.params.require_home_directory:
        return None
    try:
        with rights.acting(user.uid, user.gid):
            os.stat(user.home)
    except (OSError, rights.NotPermitted) as error:
        text = error.strerror if isinstance(error, OSError) else str(error)
        return deferred(f"cannot access home directory {user.home}: {text}", "4.3.0")
    return None


def descend(job: Job, attributes: Attributes, destinations: Sequence[Destination]) -> None:
    """Deliver to each destination of an expansion."""
    for destination in destinations:
        job.steps += 1
        if job.steps > MAX_STEPS or attributes.level > MAX_LEVEL:
            job.done(attributes, bounced(f"alias database loop for {printable(attributes.address)}", "5.4.6"))
            return
        value = destination.value
        if destination.kind == aliases.FILE:
            tofile.deliver(job, attributes, value)
        elif destination.kind == aliases.COMMAND:
            tocommand.deliver(job, attributes, value)
        elif destination.kind == aliases.INCLUDE:
            tail = attributes.unmatched if "include" in job.tools.propagate else b""
            include.deliver(job, replace(attributes, unmatched=tail, level=attributes.level + 1), value)
        elif destination.kind == aliases.MAILBOX:
            _plain_user(job, attributes, value)
        else:
            address(job, attributes, value)


def _plain_user(job: Job, given: Attributes, name: bytes) -> None:
    """`\\user`: this user's mailbox, whatever aliases and .forward say."""
    tools = job.tools
    whole = tools.complete(name)
    attributes = given.at(whole, tools.rewriting.recipient_delimiter, tools.rewriting.owner_request_special)
    _user(job, attributes, forwarding=False)


def address(job: Job, attributes: Attributes, value: bytes) -> None:
    """Deliver to an address that an expansion gave: here if it is ours, else by a new message."""
    whole = job.tools.complete(value)
    if attributes.unmatched:
        local, at, domain = whole.rpartition(b"@")
        whole = local + attributes.unmatched + at + domain
    try:
        route = job.tools.resolve(attributes.sender, whole)
    except LookupFailed as error:
        log.warning(f"{job.request.envelope.queue_id}: {error}")
        job.done(attributes, deferred("address resolver failure", "4.3.0"))
        return
    if not route.ok:
        job.done(replace(attributes, address=whole), bounced("bad recipient address syntax", "5.1.3"))
    elif route.transport in (job.tools.service, RELAY):
        deliver(job, attributes, route.recipient)
    else:
        indirect.deliver(job, replace(attributes, address=route.recipient), route.recipient)
