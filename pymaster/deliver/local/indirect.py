"""indirect - addresses that get a new message of their own, so that each has its own record of delivery (local(8) MAIL
FORWARDING).

The new messages travel in the report and the queue manager commits them together with this recipient's mark: there is no
instant at which both or neither exist.
"""

import os

from pymaster.deliver.local.job import Attributes, Job
from pymaster.model.envelope import NOTIFY_NEVER, NOTIFY_SUCCESS, Recipient
from pymaster.model.status import DEFERRED, Status, sent
from pymaster.util.text import printable


def deliver(job: Job, attributes: Attributes, address: bytes) -> None:
    """Note `address` for a new message."""
    if not job.first("indirect", os.fsdecode(attributes.sender), os.fsdecode(address)):
        return
    if job.verify_only:
        job.done(attributes, sent(f"forwards to {printable(address)}"))
        return
    given = job.recipient
    if attributes.sender == job.request.envelope.sender:
        # The sender hears of success from us ("expanded"), of failure from whoever gets it.
        notify = given.notify & ~NOTIFY_SUCCESS or (NOTIFY_NEVER if given.notify else 0)
        recipient = Recipient(address, given.orig_to, notify, given.orcpt)
    else:
        recipient = Recipient(address, given.orig_to)
    job.forwarding(attributes).recipients.append(recipient)


def finish(job: Job, attributes: Attributes) -> None:
    """Make the new messages, unless part of the delivery has to be tried again."""
    if any(status.outcome == DEFERRED for status in job.outcomes):
        return
    for forwarding in job.forwardings.values():
        made = job.tools.forward(job, forwarding)
        if isinstance(made, Status):
            job.done(attributes, made)
            if made.outcome == DEFERRED:
                return
            continue
        if not made.committed:
            job.children += made.messages
        for child in made.messages:
            job.done(attributes, sent(f"forwarded as {child.envelope.queue_id}", action="expanded"))
        if not made.messages:
            job.done(attributes, sent("discarded"))
