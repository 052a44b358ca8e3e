"""agent - the local delivery agent: one request in, one report out (local(8))."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pymaster.config.params.core import CoreParams
from pymaster.config.params.local import LocalParams
from pymaster.config.params.rewriting import RewritingParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.deliver import content, environment, files, rights
from pymaster.deliver.local import aliasdb, indirect, recipient
from pymaster.deliver.local.job import Attributes, Forwarded, Forwarding, Hop, Job, Tools
from pymaster.model.envelope import Recipient
from pymaster.model.lookup import OpenMaps
from pymaster.model.messages import DeliveryReport, DeliveryRequest
from pymaster.model.status import BOUNCED, DEFERRED, Status, deferred, sent
from pymaster.model.stored import NewMessage
from pymaster.store.maildir import Maildirs
from pymaster.store.mboxjournal import Journal
from pymaster.util import log
from pymaster.util.clock import SYSTEM, Clock
from pymaster.util.errors import Fatal


@dataclass(slots=True)
class Outside:
    """What the agent cannot do by itself; see `job.Tools` for the meaning of each."""

    chunks: Callable[[str], Iterator[bytes]]
    open_maps: OpenMaps
    resolve: Callable[[bytes, bytes], Hop]
    complete: Callable[[bytes], bytes]
    forward: Callable[[Job, Forwarding], Forwarded | Status]
    hand_over: Callable[[str, str, DeliveryRequest], DeliveryReport]
    journal: Journal | None = None
    clock: Clock = SYSTEM


def tools(snapshot: Snapshot, outside: Outside, service: str = "local") -> Tools:
    """Everything that does not change while the process lives; raises Fatal for a configuration that cannot work."""
    core, params = snapshot[CoreParams], snapshot[LocalParams]
    _check_limits(snapshot, params)
    return Tools(
        core=core,
        params=params,
        rewriting=snapshot[RewritingParams],
        service=service,
        clock=outside.clock,
        chunks=outside.chunks,
        aliases=aliasdb.open_all(params.alias_maps, outside.open_maps),
        command_maps=outside.open_maps(params.mailbox_command_maps, "mailbox_command_maps"),
        transport_maps=outside.open_maps(params.mailbox_transport_maps, "mailbox_transport_maps"),
        fallback_maps=outside.open_maps(params.fallback_transport_maps, "fallback_transport_maps"),
        resolve=outside.resolve,
        complete=outside.complete,
        forward=outside.forward,
        hand_over=outside.hand_over,
        maildirs=Maildirs(core.myhostname, outside.clock),
        journal=outside.journal,
        locking=files.locking(params.mailbox_delivery_lock, params, "mailbox_delivery_lock"),
        optional_locking=files.locking(
            params.mailbox_delivery_lock, params, "mailbox_delivery_lock", optional_dotlock=True
        ),
        default_rights=rights.named(params.default_privs, "default_privs", rights.forbidden(core.mail_owner)),
        environment=_environment(snapshot),
        propagate=_words(snapshot.text("propagate_unmatched_extensions")),
        files_from=_words(params.allow_mail_to_files),
        commands_from=_words(params.allow_mail_to_commands),
        prepend=_words(params.prepend_delivered_header),
    )


def _environment(snapshot: Snapshot) -> dict[bytes, bytes]:
    own = {**os.environ, "MAIL_CONFIG": snapshot.config_directory}
    return environment.exported(snapshot[LocalParams].export_environment, own)


def _words(text: str) -> frozenset[str]:
    return frozenset(split_list(text))


def _check_limits(snapshot: Snapshot, params: LocalParams) -> None:
    limit = params.mailbox_size_limit
    largest = int(snapshot.text("message_size_limit"))
    if limit and (largest <= 0 or limit < largest):
        raise Fatal("configuration error: mailbox_size_limit is smaller than message_size_limit")


class Local:
    """The agent."""

    __slots__ = ("tools",)

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def deliver(self, request: DeliveryRequest) -> DeliveryReport:
        """Deliver to every recipient of the request."""
        statuses: list[Status] = []
        children: list[NewMessage] = []
        try:
            visited = content.delivered_to(self.tools.chunks(request.envelope.queue_id))
        except OSError as error:
            status = deferred(f"{error.strerror}", "4.3.0", "local")
            return DeliveryReport(request.request, tuple([status] * len(request.envelope.recipients)))
        for number, to in zip(request.indexes, request.envelope.recipients, strict=True):
            job = self._one(request, to, number, visited)
            statuses.append(fate(job))
            if statuses[-1].outcome != DEFERRED:
                children += job.children
        return DeliveryReport(request.request, tuple(statuses), tuple(children))

    def _one(self, request: DeliveryRequest, to: Recipient, number: int, visited: frozenset[bytes]) -> Job:
        job = Job(self.tools, request, to, number, visited, recipient.descend, recipient.address)
        attributes = Attributes(to.address, request.envelope.sender)
        recipient.deliver(job, attributes, to.address)
        indirect.finish(job, attributes)
        if not job.outcomes:
            # Everything was a repetition, or a list was empty.
            job.done(attributes, sent("discarded"))
        log.flush()
        return job

    def close(self) -> None:
        """Give open folders back."""
        self.tools.maildirs.close()


def fate(job: Job) -> Status:
    """One recipient's fate from the outcomes of all that it expanded to.

    Anything to be tried again makes all of it tried again; else the sender hears of the first failure.
    """
    for outcome in (DEFERRED, BOUNCED):
        for status in job.outcomes:
            if status.outcome == outcome:
                return status
    return job.outcomes[0]
