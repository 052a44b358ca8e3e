"""reading - the messages of a mailbox on disk as its readers see them: bytes, digests, ids.

No lock is held here and any thread may call: what is read belongs to the view that was newest when the call began.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator, Sequence

from pymaster.proto.message.digest import CONTENT_ID, Digest, pack
from pymaster.proto.message.summary import summarize
from pymaster.store.mailbox.cache import Cache
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.driver import Driver, View
from pymaster.store.mailbox.lastread import LastRead
from pymaster.store.mailbox.state import FlagTable, State
from pymaster.util import log

# Digests written at once.
BATCH = 200


@contextlib.contextmanager
def told(name: str) -> Iterator[None]:
    """Turns an OSError into what the client is told."""
    try:
        yield
    except OSError as exc:
        if exc.errno in (errno.EDQUOT, errno.ENOSPC):
            raise MailboxError("OVERQUOTA", "Disk is full") from exc
        if exc.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise MailboxError("NOPERM", "Permission denied") from exc
        log.error(f"mailbox {name}: {exc}")
        raise MailboxError("SERVERBUG", "Internal error, see the server's log") from exc


# Octets of a mailbox's digests that are kept at hand while somebody has it open.
KNOWN = 32 << 20


class Reading:
    """A view and what is needed to read what it shows."""

    name: str
    state: State
    flags: FlagTable
    uidvalidity: int
    mailbox_id: str

    def __init__(self, name: str, driver: Driver, view: View, cache: Cache) -> None:
        self.name, self.driver, self.cache = name, driver, cache
        self.flags, self.last = view.table, LastRead()
        # Digests that were found and checked, by UID, which names the same bytes for ever.
        self._digests: dict[int, Digest] = {}
        self._held = 0
        # UIDs whose files do not hold the bytes that were told.
        self.doubted: list[int] = []
        self.uidvalidity, self.mailbox_id = 0, ""
        self.see(view)

    def see(self, view: View) -> None:
        """Show another view."""
        if view.uidvalidity != self.uidvalidity:
            self.forget()
        self.view, self.state = view, view.state
        self.uidvalidity, self.mailbox_id = view.uidvalidity, view.mailbox_id

    def forget(self) -> None:
        """Let go of what was read."""
        self.last.clear()
        self._digests, self._held = {}, 0

    def digest(self, uid: int) -> Digest | None:
        """The message's digest."""
        view = self.view
        row = view.state.position(uid)
        if row < 0:
            return None
        found = self._kept(row)
        if found is not None:
            return found
        identity = self.driver.identity(uid, view.places[row])
        data = self.read(uid)
        if data is None:
            return None
        packed = pack(summarize(data))
        self.cache.put({identity: packed})
        return Digest(packed)

    def _kept(self, row: int) -> Digest | None:
        """The digest in the cache, if it is one of a message of that size."""
        view = self.view
        uid = view.state.uids[row]
        known = self._digests.get(uid)
        if known is not None:
            return known
        found = self.cache.get(self.driver.identity(uid, view.places[row]))
        if found is None or found.size != view.state.sizes[row]:
            return None
        # Those beyond are read each time: to drop others for them would serve nobody who goes through all in turn.
        if self._held < KNOWN:
            self._digests[uid] = found
            self._held += found.length
        return found

    def digests_of(self, uids: Sequence[int]) -> list[Digest | None]:
        """Digests, those that are missing made in batches."""
        self.cache.follow()
        position = self.view.state.position
        rows = [position(uid) for uid in uids]
        found = [self._kept(row) if row >= 0 else None for row in rows]
        missing = [uid for uid, row, each in zip(uids, rows, found, strict=True) if each is None and row >= 0]
        if missing:
            self.prepare(missing)
            found = [self.digest(uid) if each is None else each for uid, each in zip(uids, found, strict=True)]
        return found

    def prepare(self, uids: Sequence[int]) -> None:
        """Make the digests that are missing."""
        view = self.view
        made: dict[str, bytes] = {}
        self.cache.follow()
        for uid in uids:
            if uid in self._digests:
                continue
            row = view.state.position(uid)
            if row < 0 or self._kept(row) is not None:
                continue
            data = self.read(uid)
            if data is not None:
                made[self.driver.identity(uid, view.places[row])] = pack(summarize(data))
            if len(made) == BATCH:
                self.cache.put(made)
                made = {}
        if made:
            self.cache.put(made)

    def content_id(self, uid: int) -> bytes:
        """A hash of the message."""
        found = self.digest(uid)
        return found[CONTENT_ID] if found else b""

    def read(self, uid: int) -> bytes | None:
        """The message in wire form."""
        data = self.last.get(uid)
        view = self.view
        row = view.state.position(uid)
        if row < 0 or data is not None:
            return data if row >= 0 else None
        with told(self.name):
            data = self.driver.read(uid, view.places[row])
        if data is None:
            return None
        if len(data) != view.state.sizes[row]:
            # These are not the bytes this UID stands for; the next refresh gives them a new one.
            self.doubted.append(uid)
            return None
        self.last.put(uid, data)
        return data

    def uidl(self, uid: int) -> bytes:
        """The saved id, or Dovecot's default form."""
        return self.driver.uidl(uid) or b"%08x%08x" % (uid, self.uidvalidity)
