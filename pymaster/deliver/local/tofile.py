"""tofile - `/path` destinations, and the Maildir and mbox forms of every mailbox."""

import os

from pymaster.deliver import mailfile, report, rights
from pymaster.deliver.local.job import Attributes, Job
from pymaster.deliver.rights import Rights
from pymaster.model.status import Status, bounced, deferred, sent
from pymaster.store import maildir, mbox
from pymaster.util.text import printable


def deliver(job: Job, attributes: Attributes, path: bytes) -> None:
    """Deliver to a file that an alias, .forward or :include: names."""
    name = os.fsdecode(path)
    who = effective(job, attributes.rights)
    if not job.first("file", str(who.uid), name):
        return
    if attributes.source not in job.tools.files_from:
        job.done(attributes, bounced("mail to file is restricted", "5.7.1"))
    elif name.endswith("/"):
        job.done(attributes, to_maildir(job, attributes, who, name))
    else:
        job.done(attributes, _append(job, attributes, who, name))


def effective(job: Job, who: Rights | None) -> Rights:
    """The rights to use: root's and nobody's become default_privs."""
    return who if who is not None and who.uid else job.tools.default_rights


def head(job: Job, attributes: Attributes) -> bytes:
    """The header lines before a message in a mailbox."""
    delivered = attributes.delivered if "file" in job.tools.prepend else b""
    return mailfile.head(attributes.sender, job.recipient.orig_to, delivered)


def to_maildir(job: Job, attributes: Attributes, who: Rights, path: str) -> Status:
    """Deliver into a Maildir with somebody's rights."""
    if job.verify_only:
        return sent("delivers to maildir")
    envelope = job.request.envelope
    lines = head(job, attributes)
    item = maildir.Item(
        path,
        envelope.queue_id,
        job.number,
        envelope.arrival,
        lambda: mailfile.maildir(lines, job.blocks()),
        job.tools.params.mailbox_size_limit,
    )
    try:
        with rights.acting(who.uid, who.gid):
            (placed,) = job.tools.maildirs.deliver([item])
    except rights.NotPermitted as error:
        return deferred(str(error), "4.3.5")
    if placed.error is not None:
        return report.trouble(placed.error, f"maildir delivery failed: create maildir file in {path}: ", "")
    return sent("delivered to maildir")


def to_mbox(job: Job, attributes: Attributes, who: tuple[int, int], box: mbox.Mailbox, failed: str) -> Status:
    """Append to an mbox with the rights (uid, gid); `failed` begins the reason of a failure."""
    now = job.tools.clock.now()
    made = mailfile.mbox(mailfile.from_line(attributes.sender, now), head(job, attributes), job.blocks())
    key = f"{job.request.envelope.queue_id}/{job.number}"
    try:
        with rights.acting(*who):
            mbox.append(box, key, made, job.tools.journal)
    except rights.NotPermitted as error:
        return deferred(f"{failed}{error}", "4.3.5")
    except report.FILE_TROUBLE as error:
        return report.trouble(error, failed, "")
    return sent("delivered to mailbox")


def _append(job: Job, attributes: Attributes, who: Rights, path: str) -> Status:
    if job.verify_only:
        return sent(f"delivers to file: {printable(path)}")
    box = mbox.Mailbox(
        path, job.tools.optional_locking, limit=job.tools.params.mailbox_size_limit, special=True, forbidden_mode=0o111
    )
    failed = f"cannot append message to file {printable(path)}: "
    status = to_mbox(job, attributes, (who.uid, who.gid), box, failed)
    if status.reason == "delivered to mailbox":
        status.reason = f"delivered to file: {printable(path)}"
    return status
