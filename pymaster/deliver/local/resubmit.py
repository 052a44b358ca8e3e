"""resubmit - the new messages that forwarding makes, through the same pipeline that every message comes in by.

They travel to the queue manager inside the report, which is one frame: bodies that would not fit are staged in the queue
first, where they become visible only when the message is committed. Source: local(8) MAIL FORWARDING.
"""

from collections.abc import Callable
from typing import Protocol

from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import Snapshot
from pymaster.deliver import mailfile
from pymaster.deliver.local.job import Forwarded, Forwarding, Job
from pymaster.model.envelope import Recipient
from pymaster.model.lookup import OpenMaps
from pymaster.model.status import Status, bounced, deferred
from pymaster.model.stored import NewMessage
from pymaster.proto.message import received
from pymaster.rules.cleanup.pipeline import Cleanup
from pymaster.rules.cleanup.verdict import Rejected
from pymaster.store.contract import QueueFull, StoreUnavailable
from pymaster.util.clock import SYSTEM, Clock
from pymaster.util.errors import Fatal

# Bytes of inline bodies that one report may carry, and recipients of one new message: a report is at most 1 MB.
MAX_INLINE, MAX_RECIPIENTS = 400_000, 5_000
# Recipients that one report may carry; a list with more is committed at once, before the report.
MAX_REPORTED = 8_000


class Stager(Protocol):
    """Takes a body slice by slice; `store.staging.Stager` is one."""

    def __call__(self, data: bytes) -> str: ...
    def drop(self) -> None: ...


class Resubmit:
    """Makes new messages. `stager(queue_id)` opens a reservation; `insert` commits a message at once."""

    def __init__(
        self,
        snapshot: Snapshot,
        open_maps: OpenMaps,
        mint: Callable[[], str],
        stager: Callable[[str], Stager],
        insert: Callable[[NewMessage], None],
        clock: Clock = SYSTEM,
    ) -> None:
        self._core, self._clock = snapshot[CoreParams], clock
        self._cleanup = Cleanup(snapshot, open_maps, mint, clock)
        self._mint, self._stager, self._insert = mint, stager, insert

    def forward(self, job: Job, forwarding: Forwarding) -> Forwarded | Status:
        """The messages for a Forwarding, or why there is none; `job.children` are those made before."""
        made: list[NewMessage] = []
        recipients = forwarding.recipients
        try:
            for start in range(0, len(recipients), MAX_RECIPIENTS):
                one = self._message(job, forwarding, recipients[start : start + MAX_RECIPIENTS])
                if isinstance(one, Rejected):
                    return _refused(one)
                if one is not None:
                    made.append(self._fitting(job, made, one))
            return self._reportable(job, made)
        except (QueueFull, StoreUnavailable, Fatal, OSError):
            return deferred("unable to forward message", "4.3.0")

    def _message(self, job: Job, forwarding: Forwarding, recipients: list[Recipient]) -> NewMessage | Rejected | None:
        parent = job.request.envelope
        queue_id = self._mint()
        stager = self._stager(queue_id)
        tx = self._cleanup.internal(parent.origin, queue_id=queue_id, stage=stager)
        tx.sender(forwarding.sender, encoding=parent.encoding, ret=parent.ret, envid=parent.envid)
        for recipient in recipients:
            tx.recipient(recipient)
        core = self._core
        tx.head(received.internal(core.myhostname, core.mail_name, queue_id, self._clock.now()))
        if "forward" in job.tools.prepend:
            tx.head(mailfile.delivered_line(forwarding.delivered))
        for block in job.blocks():
            tx.write(block)
        verdict = tx.finish()
        if isinstance(verdict, Rejected) or verdict.message is None:
            stager.drop()
            return verdict if isinstance(verdict, Rejected) else None
        return verdict.message

    def _fitting(self, job: Job, made: list[NewMessage], message: NewMessage) -> NewMessage:
        """The message, its body staged if the report would grow too large."""
        inline = sum(_size(child) for child in (*job.children, *made))
        if not message.body or inline + _size(message) <= MAX_INLINE:
            return message
        name = self._stager(message.envelope.queue_id)(b"".join(message.body))
        return NewMessage(message.envelope, (), name, message.hold)

    def _reportable(self, job: Job, made: list[NewMessage]) -> Forwarded:
        """Commit what no report can carry: a list of many thousand members may then be repeated after a crash."""
        room = MAX_REPORTED - sum(len(child.envelope.recipients) for child in job.children)
        for message in made:
            room -= len(message.envelope.recipients)
        if room >= 0:
            return Forwarded(made)
        for message in made:
            self._insert(message)
        return Forwarded(made, committed=True)


def _size(message: NewMessage) -> int:
    return sum(len(block) for block in message.body)


def _refused(rejected: Rejected) -> Status:
    if rejected.code < 500:
        return deferred("unable to forward message", "4.3.0")
    return bounced(f"unable to forward message: {rejected.text}", rejected.dsn)
