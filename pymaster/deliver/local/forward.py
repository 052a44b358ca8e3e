"""forward - the users' own .forward files (local(8), forward_path).

The file is read with the user's rights and must belong to the user (or root), in a folder that only its owner may
change; a file that does not look right is ignored, with a warning, and the mail goes to the mailbox.
"""

import errno
import os
import stat
from dataclasses import replace

from pymaster.config.words import split_list
from pymaster.deliver import rights
from pymaster.deliver.expand import expand
from pymaster.deliver.local.job import FORWARD, Attributes, Job
from pymaster.deliver.rights import Rights
from pymaster.model.status import deferred
from pymaster.rules import aliases
from pymaster.store import safeopen
from pymaster.util import log
from pymaster.util.errors import ConfigError
from pymaster.util.text import printable

MAX_SIZE = 1 << 20
# "There is none": not there, or not for us to see.
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG)


class Unreachable(Exception):
    """Nobody knows whether there is a file (a home on a server that is down): the mail must wait."""


def deliver(job: Job, attributes: Attributes, user: Rights) -> bool:
    """Deliver as the user's file says; False when there is none, or it says nothing."""
    if not job.tools.params.forward_path or not job.first("forward", os.fsdecode(attributes.local)):
        return False
    try:
        with rights.acting(user.uid, user.gid):
            data = _first(job, attributes, user)
    except Unreachable as error:
        job.done(attributes, deferred(str(error), "4.3.0"))
        return True
    except rights.NotPermitted:
        return False  # another user's home is no business of an ordinary user's mail system
    if data is None:
        return False
    try:
        expansion = aliases.parse_lines(data)
    except aliases.TooMany as error:
        log.warning(f"forward file of {user.name}: {error}")
        return False
    if not expansion.destinations:
        return False
    inner = replace(attributes, source=FORWARD, rights=user, owner=attributes.user)
    if not job.tools.params.frozen_delivered_to:
        inner = replace(inner, delivered=attributes.address)
    unmatched = attributes.delimiter + attributes.extension if "forward" in job.tools.propagate else b""
    job.descend(job, replace(inner, unmatched=unmatched), expansion.destinations)
    return True


def _first(job: Job, attributes: Attributes, user: Rights) -> bytes | None:
    """The content of the first file of forward_path that exists and can be trusted."""
    params = job.tools.params
    values = attributes.values(user)
    for template in split_list(params.forward_path):
        try:
            made = expand(template, values, params.forward_expansion_filter)
        except ConfigError as error:
            log.warning(f"bad forward_path element {template}: {error}")
            continue
        if made.missing or not made.text.startswith("/"):
            continue
        data = _read(made.text, user)
        if data is not None:
            return data
    return None


def _read(path: str, user: Rights) -> bytes | None:
    shown = printable(path)
    try:
        data, found, folder = safeopen.read_bounded(path, MAX_SIZE)
    except safeopen.Unsafe as error:
        log.warning(f"{shown}: {error}: ignored")
        return None
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        raise Unreachable(f"cannot open file {shown}: {error.strerror}") from error
    problem = _problem(found, folder, user)
    if problem:
        log.warning(f"{shown}: {problem}: ignored")
        return None
    return data


def _problem(found: os.stat_result, folder: os.stat_result, user: Rights) -> str:
    if found.st_uid not in (0, user.uid):
        return f"file has bad owner uid {found.st_uid}"
    if found.st_mode & stat.S_IWOTH:
        return "file is world writable"
    if found.st_mode & stat.S_IWGRP and found.st_gid != user.gid:
        return "file is group writable"
    if folder.st_mode & stat.S_IWOTH and not folder.st_mode & stat.S_ISVTX:
        return "folder is world writable"
    return ""
