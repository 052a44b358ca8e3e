"""include - `:include:/path`: destinations from a file, with the rights of whoever owns it."""

import errno
from dataclasses import replace
from os import fsdecode

from pymaster.deliver import rights
from pymaster.deliver.local.job import INCLUDE, Attributes, Job
from pymaster.deliver.rights import Rights
from pymaster.model.status import Status, bounced, deferred
from pymaster.rules import aliases
from pymaster.store import safeopen
from pymaster.util import log, passwd
from pymaster.util.errors import LookupFailed
from pymaster.util.text import printable

# The largest file (bytes).
MAX_SIZE = 16 << 20
# What a missing or forbidden file says; anything else may get better by itself.
_FINAL = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG, errno.EISDIR)
_BROKEN = "mail system configuration error"


def deliver(job: Job, attributes: Attributes, path: bytes) -> None:
    """Deliver to what the file lists; a file already included in this expansion is passed over."""
    name = fsdecode(path)
    if not job.first("include", name):
        return
    if not path.startswith(b"/"):
        log.warning(f":include:{printable(path)} uses a relative path")
        job.done(attributes, bounced(_BROKEN, "5.3.5"))
        return
    made = _read(job, attributes, name)
    if isinstance(made, Status):
        job.done(attributes, made)
        return
    expansion, owner = made
    for piece in expansion.junk:
        log.warning(f":include: file {printable(path)}: bad destination {printable(piece, 100)}")
    inner = replace(attributes, source=INCLUDE, rights=owner)
    if not inner.owner:
        # From here on local users get a message of their own, too: one that fails must not hold up the list.
        inner = replace(inner, owner=attributes.address)
    job.descend(job, inner, expansion.destinations)


def _read(job: Job, attributes: Attributes, name: str) -> tuple[aliases.Expansion, Rights | None] | Status:
    who = attributes.rights
    try:
        # A user's list is read as the user, or it could show any file.
        if who is not None and who.uid:
            with rights.acting(who.uid, who.gid):
                data, found, _ = safeopen.read_bounded(name, MAX_SIZE)
        else:
            data, found, _ = safeopen.read_bounded(name, MAX_SIZE)
        if found.st_mode & 0o002:
            raise safeopen.Unsafe("file is world writable")
        if (who is None or not who.uid) and found.st_uid:
            owner = passwd.by_uid(found.st_uid)
            if owner is None:
                raise safeopen.Unsafe(f"cannot find username for uid {found.st_uid}")
            who = Rights.of(owner)
        return aliases.parse_lines(data), who
    except OSError as error:
        log.warning(f"cannot open include file {printable(name)}: {error.strerror}")
        return bounced(_BROKEN, "5.3.5") if error.errno in _FINAL else deferred(_BROKEN, "4.3.5")
    except (safeopen.Unsafe, aliases.TooMany) as error:
        log.warning(f":include: file {printable(name)}: {error}")
        return bounced(_BROKEN, "5.3.5")
    except (LookupFailed, rights.NotPermitted) as error:
        log.warning(f":include: file {printable(name)}: {error}")
        return deferred(_BROKEN, "4.3.5")
