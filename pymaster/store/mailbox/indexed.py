"""indexed - the Mailbox of the stores on disk: an index, a cache of digests, and a driver that knows the files.

Whatever changes is done in one order: take the index's lock, take in what other processes committed, have the driver do
it, commit what it did. The view that sessions see is replaced as a whole and never empty because an index is being rebuilt.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from pymaster.proto.imap.rights import ALL
from pymaster.proto.message.digest import Digest, pack
from pymaster.proto.message.summary import summarize
from pymaster.store.mailbox.cache import Cache
from pymaster.store.mailbox.contract import Counts, Draft, Flagged, Mailbox, MailboxError
from pymaster.store.mailbox.driver import Change, Driver, DriverDraft, Row, Saving, View
from pymaster.store.mailbox.entry import Head
from pymaster.store.mailbox.index import Index
from pymaster.store.mailbox.reading import BATCH, Reading, told
from pymaster.store.mailbox.state import DELETED, State
from pymaster.util import log
from pymaster.util.clock import Clock

HAS_ATTACHMENT, HAS_NO_ATTACHMENT = b"$HasAttachment", b"$HasNoAttachment"
# A larger message's digest is made when it is asked for.
LARGEST = 8 << 20


def _no_limit(storage: int, messages: int) -> None:
    return None


@dataclass(slots=True)
class Setting:
    """What a mailbox needs to know beside its files. `room(storage, messages)` raises MailboxError OVERQUOTA when so much
    more does not fit; `attachments`: messages saved here get $HasAttachment or $HasNoAttachment (RFC 8457)."""

    clock: Clock
    room: Callable[[int, int], None] = _no_limit
    attachments: bool = False


def counts_of(head: Head) -> Counts:
    """STATUS from the head of an index."""
    messages, unseen, deleted, size, deleted_size = head.tally
    return Counts(
        messages, head.recent, unseen, deleted, size, deleted_size, head.uidnext, head.uidvalidity, head.highest,
        head.mailbox_id,
    )  # fmt: skip


class IndexedMailbox(Reading):
    """One mailbox, opened; see contract.Mailbox. `place`: the folder of its index files."""

    rights = ALL

    def __init__(self, name: str, driver: Driver, index_fd: int | None, place: str, setting: Setting) -> None:
        """Owns the driver and `index_fd`. Looks at the disk; raises MailboxError."""
        self._index = Index(index_fd, name, setting.clock)
        super().__init__(name, driver, self._index.view, Cache(index_fd))
        self.place, self.setting = place, setting
        self.read_only = self.deleted = self._shut = False
        # How many have opened it and not closed it; the account keeps it for a while after the last.
        self.holders = 0
        self._fd = index_fd
        self.refresh()

    # Looking.

    def stale(self) -> bool:
        """Whether files may have changed, or the index has to be built."""
        if self.deleted:
            raise MailboxError("NONEXISTENT", "Mailbox was deleted")
        return bool(self._index.fresh or self.doubted or self.driver.changed(self._index.view.stamp))

    def refresh(self) -> State:
        """Look at the disk; the newest state."""
        if self.deleted:
            raise MailboxError("NONEXISTENT", "Mailbox was deleted")
        index = self._index
        index.poll()
        if index.fresh or self.doubted or self.driver.changed(index.view.stamp):
            with self._locked():
                self._look()
        if index.view is not self.view:
            self._show()
        return self.view.state

    def _show(self) -> None:
        self.see(self._index.view)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with told(self.name), self._index.locked():
            yield

    def _look(self) -> None:
        """With the lock held: scan if there may be something to find."""
        index = self._index
        if self.doubted:
            self._drop_doubted()
        if not index.fresh and not self.driver.changed(index.view.stamp):
            return
        reason = index.fresh
        change = self.driver.scan(index.view)
        if reason and (change.arrived or reason != "missing"):
            log.info(f"mailbox {self.name}: index built anew for {len(change.arrived)} messages ({reason})")
        index.commit(change)
        self.cache.compact(map(self.driver.identity, index.view.state.uids, index.view.places))

    def _drop_doubted(self) -> None:
        view = self._index.view
        gone = sorted({uid for uid in self.doubted if view.state.position(uid) >= 0})
        self.doubted.clear()
        for uid in gone:
            log.warning(f"mailbox {self.name}: message {uid} was changed on disk, it gets a new UID")
            self.driver.doubt(uid, view.places[view.state.position(uid)])
            self.last.drop(uid)
        self._index.commit(Change(gone=gone))

    def claim_recent(self) -> set[int]:
        """Recent messages, once."""
        if self.read_only or not self._index.head.recent:
            return set()
        with self._locked():
            view, since = self._index.view, self._index.head.recent_from
            rows = [row for row, uid in enumerate(view.state.uids) if uid >= since]
            claimed = {view.state.uids[row] for row in rows}
            change = self.driver.settle(view, rows)
            self._index.commit(change, claimed=True)
        self._show()
        return claimed - set(change.gone)

    def recent_count(self) -> int:
        """How many are left to claim."""
        return self._index.head.recent

    # Adding.

    def draft(self, date: int | None = None) -> DriverDraft:
        """Begin a message."""
        self.setting.room(0, 1)
        with told(self.name):
            return self.driver.draft(int(self.setting.clock.now()) if date is None else date)

    def append(self, drafts: Sequence[tuple[Draft, Iterable[bytes]]]) -> list[int]:
        """Make finished drafts messages, all or none."""
        self.setting.room(sum(draft.size for draft, _ in drafts), len(drafts))
        made, items = [], []
        for draft, flags in drafts:
            packed = self._digested(cast(DriverDraft, draft))
            made.append(packed)
            items.append(Saving(draft, self._known([*flags, *self._attachment(packed)])))
        rows = self._save(items)
        fresh = zip(rows, made, strict=True)
        self.cache.put({self.driver.identity(row.uid, row.place): packed for row, packed in fresh if packed})
        return [row.uid for row in rows]

    def _save(self, items: Sequence[Saving]) -> list[Row]:
        with self._locked():
            self._look()
            change = self.driver.save(self._index.view, items)
            self._index.commit(change)
        self._show()
        return change.arrived

    def _digested(self, draft: DriverDraft) -> bytes:
        if draft.size > LARGEST:
            return b""
        with told(self.name):
            return pack(summarize(draft.wire()))

    def _attachment(self, packed: bytes) -> list[bytes]:
        if not self.setting.attachments or not packed:
            return []
        return [HAS_ATTACHMENT if Digest(packed).has_attachment else HAS_NO_ATTACHMENT]

    def _known(self, flags: Iterable[bytes]) -> frozenset[bytes]:
        try:
            return frozenset([self.flags.known(flag) for flag in flags])
        except ValueError as exc:
            raise MailboxError("LIMIT", "Too many keywords, or too long a one") from exc

    # Flags and removal.

    def store(
        self, uids: Sequence[int], operation: str, flags: Iterable[bytes], unchanged_since: int | None = None
    ) -> Flagged:
        """Change flags."""
        given = self._known(flags)
        with self._locked():
            view = self._index.view
            found = Flagged(view.state)
            wanted = self._wanted(view, uids, operation, given, found, unchanged_since)
            if wanted:
                change = self.driver.flag(view, wanted)
                self._index.commit(change)
                missing = {view.state.uids[row] for row, _ in wanted} - change.flags.keys()
                found.changed = [uid for uid in found.changed if uid not in missing]
        self._show()
        found.state = self.view.state
        return found

    def _wanted(
        self,
        view: View,
        uids: Sequence[int],
        operation: str,
        given: frozenset[bytes],
        found: Flagged,
        since: int | None,
    ) -> list[tuple[int, frozenset[bytes]]]:
        state, sets = view.state, view.table.sets
        results: dict[int, frozenset[bytes]] = {}
        wanted = []
        for uid in uids:
            row = state.position(uid)
            if row < 0:
                continue
            if since is not None and state.modseqs[row] > since:
                found.modified.append(uid)
                continue
            found.changed.append(uid)
            number = state.flags[row]
            new = results.get(number)
            if new is None:
                old = sets[number]
                new = results[number] = {"+": old | given, "-": old - given, "=": given}[operation]
            if new != sets[number]:
                wanted.append((row, new))
        return wanted

    def touch(self, uids: Sequence[int]) -> None:
        """Give messages a new modseq: something about them has changed that is not kept here."""
        with self._locked():
            view = self._index.view
            rows = [row for row in map(view.state.position, uids) if row >= 0]
            if rows:
                flags = {view.state.uids[row]: view.flags(row) for row in rows}
                self._index.commit(Change(flags=flags, stamp=view.stamp))
        self._show()

    def expunge(self, uids: Sequence[int] | None = None) -> list[int]:
        """Remove deleted messages."""
        with self._locked():
            state, having = self._index.view.state, self.flags.having(DELETED)
            among = None if uids is None else set(uids)
            rows = [
                row
                for row, number in enumerate(state.flags)
                if number in having and (among is None or state.uids[row] in among)
            ]
            return self._remove(rows)

    def remove(self, uids: Sequence[int]) -> list[int]:
        """Remove messages."""
        with self._locked():
            rows = {self._index.view.state.position(uid) for uid in uids}
            return self._remove(sorted(rows - {-1}))

    def _remove(self, rows: list[int]) -> list[int]:
        if not rows:
            return []
        change = self.driver.remove(self._index.view, rows)
        self._index.commit(change)
        self._show()
        for uid in change.gone:
            self.last.drop(uid)
        return sorted(change.gone)

    # Copying.

    def copy(self, uids: Sequence[int], target: Mailbox, *, move: bool = False) -> list[tuple[int, int]]:
        """Copy or move messages, all or none."""
        admit = getattr(target, "admit", None)
        if admit is not None:
            # Somebody else's mailbox, which takes what its owner lets it take.
            admitted: list[tuple[int, int]] = admit(self, uids, move=move)
            return admitted
        if not isinstance(target, IndexedMailbox):
            raise MailboxError("CANNOT", "Not a mailbox of this account")
        with _both(self, target):
            target._look()
            view = self._index.view
            rows = [row for row in map(view.state.position, uids) if row >= 0]
            if not rows:
                return []
            if not move:
                target.setting.room(sum([view.state.sizes[row] for row in rows]), len(rows))
            for number in {view.state.flags[row] for row in rows}:
                target._known(view.table.sets[number])
            arrived = self._carry(view, rows, target, move=move)
            pairs = list(zip([view.state.uids[row] for row in rows], [row.uid for row in arrived], strict=True))
            self._carry_digests(view, rows, arrived, target)
        target._show()
        self._show()
        return pairs

    def _carry(self, view: View, rows: list[int], target: IndexedMailbox, *, move: bool) -> list[Row]:
        change = target.driver.adopt(target._index.view, self.driver, view, rows, move=move)
        if change is not None:
            target._index.commit(change)
            if move:
                self._index.commit(self.driver.forget(self._index.view, rows))
            return change.arrived
        items = [Saving(self._again(view, row, target), view.flags(row)) for row in rows]
        change = target.driver.save(target._index.view, items)
        target._index.commit(change)
        if move:
            self._index.commit(self.driver.remove(self._index.view, rows))
        return change.arrived

    def _again(self, view: View, row: int, target: IndexedMailbox) -> DriverDraft:
        data = self.driver.read(view.state.uids[row], view.places[row])
        if data is None:
            raise MailboxError("EXPUNGEISSUED", "Some of the messages no longer exist")
        draft = target.driver.draft(view.state.dates[row])
        draft.write(data)
        draft.finish()
        return draft

    def _carry_digests(self, view: View, rows: list[int], arrived: Sequence[Row], target: IndexedMailbox) -> None:
        made: dict[str, bytes] = {}
        for row, there in zip(rows, arrived, strict=True):
            found = self.cache.get(self.driver.identity(view.state.uids[row], view.places[row]))
            if found is not None:
                made[target.driver.identity(there.uid, there.place)] = found.packed
            if len(made) == BATCH:
                target.cache.put(made)
                made = {}
        if made:
            target.cache.put(made)

    # Telling.

    def vanished(self, since: int) -> list[tuple[int, int]] | None:
        """Expunged after `since`."""
        return self._index.history.since(since)

    def counts(self) -> Counts:
        """STATUS."""
        return counts_of(self._index.head)

    def watched(self) -> list[str]:
        """Where news may come from."""
        return [*self.driver.watched(), *([self.place] if self._fd is not None else [])]

    def close(self) -> None:
        """One who opened it has left; a mailbox that is gone is given back with the last of them."""
        self.holders -= 1
        if self.holders <= 0:
            self.forget()
            if self.deleted:
                self.shut()

    def shut(self) -> None:
        """Give everything back. Only when nobody holds it."""
        if self._shut:
            return
        self._shut = True
        self._index.close()
        self.cache.close()
        self.last.clear()
        self.driver.close()
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


@contextlib.contextmanager
def _both(source: IndexedMailbox, target: IndexedMailbox) -> Iterator[None]:
    """The locks of two mailboxes, always in the same order, whoever copies to whom."""
    with contextlib.ExitStack() as stack:
        for mailbox in sorted({source, target}, key=lambda each: each.mailbox_id):
            stack.enter_context(mailbox._locked())
        yield
