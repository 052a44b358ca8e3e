"""handover - mailbox_transport and fallback_transport: another agent delivers, we pass on its answer."""

from dataclasses import replace

from pymaster.deliver.local.job import Attributes, Job
from pymaster.model.messages import DeliveryRequest
from pymaster.model.status import deferred
from pymaster.util import log


def deliver(job: Job, attributes: Attributes, target: str) -> None:
    """Hand the recipient to `transport:nexthop`; the other agent logs the outcome."""
    transport, _, nexthop = target.partition(":")
    if not transport or transport == job.tools.service:
        log.warning(f"bad transport {target} for local delivery")
        job.done(attributes, deferred("mail system configuration error", "4.3.5"))
        return
    recipient = replace(job.recipient, address=attributes.address)
    envelope = replace(job.request.envelope, sender=attributes.sender, recipients=(recipient,))
    request = DeliveryRequest(
        0,
        nexthop or attributes.domain.decode("utf-8", "replace"),
        envelope,
        (job.number,),
        job.request.active,
        job.request.dispatched,
    )
    report = job.tools.hand_over(transport, nexthop, request)
    job.outcomes += report.statuses
    job.children += report.children
