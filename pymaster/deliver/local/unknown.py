"""unknown - names that are neither aliases nor users: fallback transports, luser_relay, the names every site must have."""

import os

from pymaster.deliver.expand import expand
from pymaster.deliver.local import handover
from pymaster.deliver.local.job import Attributes, Job
from pymaster.model.status import bounced, deferred, sent
from pymaster.util import log
from pymaster.util.errors import ConfigError, LookupFailed
from pymaster.util.text import printable

_REQUIRED = (b"mailer-daemon", b"postmaster")
_BROKEN = "mail system configuration error"


def deliver(job: Job, attributes: Attributes) -> None:
    """The last resorts, in their order."""
    params = job.tools.params
    try:
        target = job.tools.fallback_maps.get(attributes.user)
    except LookupFailed as error:
        log.warning(f"fallback_transport_maps: {error}")
        job.done(attributes, deferred(_BROKEN, "4.3.5"))
        return
    text = os.fsdecode(target) if target is not None else params.fallback_transport
    if text:
        handover.deliver(job, attributes, text)
        return
    if params.luser_relay and job.first("luser_relay", os.fsdecode(attributes.local)):
        _relay(job, attributes, params.luser_relay)
        return
    if attributes.user in _REQUIRED:
        log.warning(f"required alias not found: {printable(attributes.user)}")
        job.done(attributes, sent("discarded"))
    elif attributes.user == b"double-bounce":
        job.done(attributes, sent("undeliverable postmaster notification discarded"))
    else:
        job.done(attributes, bounced(f'unknown user: "{printable(attributes.user)}"', "5.1.1"))


def _relay(job: Job, attributes: Attributes, template: str) -> None:
    """luser_relay: an address, whatever it looks like; `|` and `/` have no meaning there."""
    try:
        made = expand(template, attributes.values(None))
    except ConfigError as error:
        log.warning(f"bad luser_relay: {error}")
        job.done(attributes, deferred(_BROKEN, "4.3.5"))
        return
    address = os.fsencode(made.text)
    if not address or b"\n" in address or b"\0" in address:
        job.done(attributes, bounced(f'unknown user: "{printable(attributes.user)}"', "5.1.1"))
        return
    job.deliver_to(job, attributes, address)
