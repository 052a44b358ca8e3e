"""mailbox - a user's own mailbox, by whichever means the configuration names first (postconf(5) mailbox_command).

mailbox_transport_maps, mailbox_transport, mailbox_command_maps, mailbox_command, home_mailbox, mail_spool_directory.
"""

import os
import stat

from pymaster.deliver.local import handover, tocommand, tofile
from pymaster.deliver.local.job import Attributes, Job
from pymaster.deliver.rights import Rights
from pymaster.model.status import Status, deferred, sent
from pymaster.rules import mailboxpaths
from pymaster.store import mbox
from pymaster.util import log
from pymaster.util.errors import LookupFailed
from pymaster.util.text import printable


def by_transport(job: Job, attributes: Attributes) -> bool:
    """Let another transport deliver, if one is configured: also for names that are no users of this machine."""
    try:
        target = job.tools.transport_maps.get(attributes.user)
    except LookupFailed as error:
        log.warning(f"mailbox_transport_maps: {error}")
        job.done(attributes, deferred("mail system configuration error", "4.3.5"))
        return True
    text = os.fsdecode(target) if target is not None else job.tools.params.mailbox_transport
    if not text:
        return False
    handover.deliver(job, attributes, text)
    return True


def deliver(job: Job, attributes: Attributes, user: Rights) -> None:
    """Deliver to an existing user's mailbox, once in an expansion."""
    if not job.first("mailbox", os.fsdecode(attributes.local)):
        return
    try:
        line = job.tools.command_maps.get(attributes.user)
    except LookupFailed as error:
        log.warning(f"mailbox_command_maps: {error}")
        job.done(attributes, deferred("mail system configuration error", "4.3.5"))
        return
    params = job.tools.params
    command = line if line is not None else os.fsencode(params.mailbox_command)
    if command:
        tocommand.run(job, attributes, tofile.effective(job, user), command)
        return
    job.done(attributes, _file(job, attributes, user))


def _file(job: Job, attributes: Attributes, user: Rights) -> Status:
    params = job.tools.params
    name = os.fsdecode(attributes.user)
    path, spool = mailboxpaths.system(params, name, user.home)
    if path.endswith("/"):
        return tofile.to_maildir(job, attributes, user, path)
    if job.verify_only:
        return sent("delivers to mailbox")
    rights, make_for = _spool_rights(spool, user)
    box = mbox.Mailbox(
        path,
        job.tools.locking,
        owner=user.uid if params.strict_mailbox_ownership else None,
        limit=params.mailbox_size_limit,
        make_for=make_for,
    )
    failed = f"cannot update mailbox {printable(path)} for user {printable(name)}. "
    return tofile.to_mbox(job, attributes, rights, box, failed)


def _spool_rights(spool: str, user: Rights) -> tuple[tuple[int, int], tuple[int, int] | None]:
    """With whose rights a mailbox is written, and whom a new one is given to (None: its writer).

    The least that will do: the user's in the user's home and in a spool that everybody may write to; the user's with the
    spool's group where the group may write; else root's.
    """
    own = (user.uid, user.gid)
    if not spool or os.geteuid() != 0:
        return own, None
    try:
        found = os.stat(spool)
    except OSError:
        return own, None
    if found.st_mode & stat.S_IWOTH:
        return own, None
    if found.st_mode & stat.S_IWGRP:
        return (user.uid, found.st_gid), None
    return (0, 0), own
