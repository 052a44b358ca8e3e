"""shares - who of one uid shares which mailbox with whom: one small file, so that LIST need not look into every account.

What counts is the `dovecot-acl` of the mailbox itself, which is asked whenever somebody opens it; this file only says where
to look. It is JSON, replaced by rename under a lock, and lies in a folder that belongs to the uid alone. Every owner's part
is made again from the owner's mailboxes, so what a kill or another program leaves behind lasts until the owner's
account is opened again.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pymaster.model.mailplace import MAILDIR, MBOX, MailPlace
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.control import read_small, replace_small
from pymaster.store.mailbox.folders import check
from pymaster.store.mailbox.index import lock
from pymaster.store.safeopen import open_directory
from pymaster.util import log
from pymaster.util.errors import Fatal
from pymaster.util.record import BadRecord

FILE, _LOCK = "shares", "lock"
VERSION = 1
_RIGHTS = re.compile("[a-z]*")
# Rights by identifier, of a mailbox; of the mailboxes of one owner.
Rights = dict[str, str]
Boxes = dict[str, Rights]


@dataclass(slots=True)
class Owned:
    """What one owner shares."""

    place: MailPlace
    boxes: Boxes


@dataclass(slots=True)
class Shared:
    """What the file says; never changed once it is made. `given`: (owner, mailbox) by identifier with rights."""

    owners: dict[str, Owned] = field(default_factory=dict)
    given: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def about(self, user: str) -> list[tuple[str, str]]:
        """Mailboxes of others in whose lists the user, or everybody, is named, each once."""
        found = [pair for each in (user, "anyone", "authenticated") for pair in self.given.get(each, ())]
        return [pair for pair in dict.fromkeys(found) if pair[0] != user]


class Shares:
    """The file of one uid. Any thread may call."""

    def __init__(self, directory: str) -> None:
        """Makes the folder of this process's uid below `directory`. Raises OSError, Fatal when it is somebody else's."""
        self.folder = f"{directory.rstrip('/')}/{os.geteuid()}"
        with contextlib.suppress(FileExistsError):
            os.mkdir(self.folder, 0o700)
        self._dir = open_directory(self.folder)
        found = os.fstat(self._dir)
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
            os.close(self._dir)
            raise Fatal(f"{self.folder}: must belong to uid {os.geteuid()} with mode 0700")
        self._kept: tuple[tuple[int, ...], Shared] = ((), Shared())

    def read(self) -> Shared:
        """The newest state; costs one stat(2) when nothing changed. Raises OSError."""
        try:
            found = os.stat(FILE, dir_fd=self._dir, follow_symlinks=False)
        except FileNotFoundError:
            return Shared()
        key = (found.st_ino, found.st_mtime_ns, found.st_size)
        kept = self._kept
        if kept[0] != key:
            kept = self._kept = (key, self._parsed())
        return kept[1]

    def _parsed(self) -> Shared:
        data = read_small(self._dir, FILE)
        try:
            return parse(data)
        except (ValueError, RecursionError) as exc:
            if read_small(self._dir, FILE) == data:
                log.warning(f"{self.folder}/{FILE}: damaged ({exc}), set aside; owners' next logins make it again")
                with contextlib.suppress(FileNotFoundError):
                    os.rename(FILE, f"{FILE}.damaged", src_dir_fd=self._dir, dst_dir_fd=self._dir)
            return Shared()

    def publish(self, place: MailPlace, look: Callable[[], Boxes]) -> None:
        """Have the file say what `look` finds to be shared of an owner's mailboxes. Raises OSError, MailboxError."""
        if self._says(place, look()):
            return
        with self._locked():
            # Somebody else may have changed rights since: what is written was looked for under the lock.
            boxes = look()
            if self._says(place, boxes):
                return
            owners = dict(self.read().owners)
            owners.pop(place.user, None)
            if boxes:
                owners[place.user] = Owned(place, boxes)
            replace_small(self._dir, FILE, written(owners))

    def _says(self, place: MailPlace, boxes: Boxes) -> bool:
        found = self.read().owners.get(place.user)
        if found is None:
            return not boxes
        return found.boxes == boxes and found.place == place

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        fd = os.open(_LOCK, flags, 0o600, dir_fd=self._dir)
        try:
            lock(fd, fcntl.F_WRLCK)
            yield
        finally:
            os.close(fd)

    def close(self) -> None:
        """Give the folder back."""
        os.close(self._dir)


def written(owners: dict[str, Owned]) -> bytes:
    """The file."""
    rows = {
        user: {"place": base64.b64encode(each.place.pack()).decode("ascii"), "mailboxes": each.boxes}
        for user, each in sorted(owners.items())
    }
    return json.dumps({"version": VERSION, "owners": rows}).encode()


def parse(data: bytes) -> Shared:
    """What a file says. Raises ValueError, RecursionError for one that is none; an owner of another uid is left out."""
    found = json.loads(data)
    if type(found) is not dict or found.get("version") != VERSION or type(found.get("owners")) is not dict:
        raise ValueError("not of this version")
    shared = Shared()
    for user, row in found["owners"].items():
        owned = _owned(user, row)
        if owned.place.uid != os.geteuid():
            continue
        shared.owners[user] = owned
        for name, rights in owned.boxes.items():
            for identifier, letters in rights.items():
                if letters:
                    shared.given.setdefault(identifier, []).append((user, name))
    return shared


def _owned(user: str, row: Any) -> Owned:
    if type(row) is not dict or type(row.get("place")) is not str or type(row.get("mailboxes")) is not dict:
        raise ValueError("not an owner")
    try:
        place = MailPlace.unpack(base64.b64decode(row["place"], validate=True))
    except (BadRecord, binascii.Error) as exc:
        raise ValueError("not a place of mail") from exc
    paths = (place.inbox, place.folders, *([place.index] if place.index else []))
    if place.user != user or place.format not in (MAILDIR, MBOX) or any(not _absolute(path) for path in paths):
        raise ValueError("not a place of mail")
    boxes: Boxes = {}
    for name, rights in row["mailboxes"].items():
        if not _possible(name, place.separator or "."):
            raise ValueError("not a mailbox")
        if type(rights) is not dict or any(
            type(each) is not str or not _RIGHTS.fullmatch(each) for each in rights.values()
        ):
            raise ValueError("not rights")
        boxes[name] = rights
    return Owned(place, boxes)


def _possible(name: str, separator: str) -> bool:
    try:
        return check(name, separator) == name
    except MailboxError:
        return False


def _absolute(path: str) -> bool:
    return path.startswith("/") and "\0" not in path and ".." not in path.split("/")
