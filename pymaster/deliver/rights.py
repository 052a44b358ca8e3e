"""rights - whose rights a delivery has: the effective uid of this process is that of one user at a time.

Only for services of the Single kind: the uid belongs to the whole process. File work happens between `acting(...)` and
its end; secondary groups are dropped, as Postfix does. An ordinary user's process can act only as itself: asking for
somebody else raises NotPermitted, and the mail is deferred. Sources: local(8) DELIVERY RIGHTS, credentials(7).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pymaster.util import log, passwd
from pymaster.util.errors import Fatal


class NotPermitted(Exception):
    """This process cannot take the rights asked for; the text names them."""


@dataclass(slots=True, frozen=True)
class Rights:
    """A user's identity for files and commands; names are empty for a bare uid."""

    uid: int
    gid: int
    name: str = ""
    home: str = ""
    shell: str = ""

    @classmethod
    def of(cls, user: passwd.User) -> "Rights":
        """The rights of an entry of the user database."""
        return cls(user.uid, user.gid, user.name, user.home, user.shell)


@contextmanager
def acting(uid: int, gid: int) -> Iterator[None]:
    """Have these effective rights inside the block; raises NotPermitted."""
    own_uid, own_gid = os.geteuid(), os.getegid()
    if (uid, gid) == (own_uid, own_gid):
        yield
        return
    if own_uid != 0:
        if uid == own_uid:
            yield  # an ordinary user has no choice of group
            return
        raise NotPermitted(f"delivery with uid {uid} needs a mail system that was started by root")
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        _restore(own_uid, own_gid, groups)


def _restore(uid: int, gid: int, groups: list[int]) -> None:
    try:
        os.seteuid(uid)
        os.setegid(gid)
        os.setgroups(groups)
    except OSError as error:
        # A process that does not know whose rights it has must not live on.
        log.panic(f"cannot take back uid {uid}: {error.strerror}")
        os._exit(1)


@contextmanager
def elevated() -> Iterator[None]:
    """Have root's rights for a moment inside `acting`; nothing happens in a process that was not started by root."""
    uid, gid = os.geteuid(), os.getegid()
    if os.getuid() != 0 or uid == 0:
        yield
        return
    os.seteuid(0)
    os.setegid(0)
    try:
        yield
    finally:
        try:
            os.setegid(gid)
            os.seteuid(uid)
        except OSError as error:
            log.panic(f"cannot take back uid {uid}: {error.strerror}")
            os._exit(1)


@dataclass(slots=True, frozen=True)
class Forbidden:
    """Who never gets a command or a file of their own: root and the mail system's owner and groups."""

    owner_uid: int
    owner_gid: int

    def check(self, uid: int, gid: int, what: str) -> None:
        """Raise Fatal naming `what` (a parameter or attribute) when these rights are privileged."""
        if uid == 0:
            raise Fatal(f"{what} specifies root privileges")
        if uid == self.owner_uid:
            raise Fatal(f"{what} specifies the mail system owner")
        if gid == 0:
            raise Fatal(f"{what} specifies privileged group id 0")
        if gid == self.owner_gid:
            raise Fatal(f"{what} specifies the mail system owner's group id {gid}")


def forbidden(mail_owner: str) -> Forbidden | None:
    """The rule for this machine; None in a process of an ordinary user, which has nothing to give away."""
    if os.geteuid() != 0:
        return None
    owner = passwd.by_name(mail_owner.encode())
    if owner is None:
        raise Fatal(f"mail_owner {mail_owner}: no such user; `pymaster setup` makes it")
    return Forbidden(owner.uid, owner.gid)


def named(name: str, what: str, rule: Forbidden | None) -> Rights:
    """The rights of the user that parameter `what` names; raises Fatal. An ordinary user's process has only its own."""
    if rule is None:
        uid = os.geteuid()
        own = passwd.by_uid(uid)
        return Rights.of(own) if own else Rights(uid, os.getegid())
    user = passwd.by_name(name.encode())
    if user is None:
        raise Fatal(f"{what}: unknown user {name}")
    rule.check(user.uid, user.gid, what)
    return Rights.of(user)
