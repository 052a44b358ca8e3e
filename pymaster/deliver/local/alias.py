"""alias - expansion of system-wide aliases (aliases(5)), with owner- aliases for lists."""

from dataclasses import replace

from pymaster.deliver.local import aliasdb
from pymaster.deliver.local.job import ALIAS, MAX_LEVEL, Attributes, Job
from pymaster.model.status import bounced, deferred
from pymaster.rules import aliases
from pymaster.util import log
from pymaster.util.errors import LookupFailed
from pymaster.util.text import printable


def deliver(job: Job, attributes: Attributes, name: bytes) -> bool:
    """Deliver to the expansion of alias `name`; False when there is none, or when we are in its own expansion."""
    if attributes.expanding == name:
        return False
    if attributes.level > MAX_LEVEL:
        job.done(attributes, bounced(f"alias database loop for {printable(name)}", "5.4.6"))
        return True
    try:
        found = aliasdb.find(job.tools.aliases, name)
        if found is None:
            return False
        inner = replace(attributes, expanding=name, source=ALIAS, rights=found.database.rights() or attributes.rights)
        inner = _owned(job, inner, name)
    except LookupFailed as error:
        log.warning(f"{job.request.envelope.queue_id}: {error}")
        job.done(attributes, deferred("alias database unavailable", "4.3.0"))
        return True
    if not job.tools.params.frozen_delivered_to:
        inner = replace(inner, delivered=attributes.address)
    try:
        expansion = aliases.parse(found.value)
    except aliases.TooMany as error:
        log.warning(f"alias {printable(name)} in {found.database.name}: {error}")
        job.done(attributes, deferred("mail system configuration error", "4.3.5"))
        return True
    for piece in expansion.junk:
        log.warning(f"alias {printable(name)} in {found.database.name}: bad destination {printable(piece, 100)}")
    if not expansion.destinations:
        job.done(attributes, deferred("mail system configuration error", "4.3.5"))
        return True
    job.descend(job, inner, expansion.destinations)
    return True


def _owned(job: Job, attributes: Attributes, name: bytes) -> Attributes:
    """The envelope sender that an `owner-NAME` alias asks for; raises LookupFailed."""
    tools = job.tools
    if not tools.rewriting.owner_request_special or name.startswith(b"owner-"):
        return attributes
    owner = b"owner-" + name
    found = aliasdb.find(tools.aliases, owner)
    if found is None:
        return replace(attributes, owner=b"") if tools.params.reset_owner_alias else attributes
    who = owner
    if tools.params.expand_owner_alias:
        members = [d.value for d in aliases.parse(found.value).destinations if d.kind == aliases.ADDRESS]
        who = members[0] if members else owner
    who = tools.complete(who)
    return replace(attributes, sender=who, owner=who)
