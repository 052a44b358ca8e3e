"""memory - the mail store as a model: the same contract, nothing on disk. For tests, and to compare the others with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from pymaster.proto.imap.rights import ALL
from pymaster.proto.imap.sets import runs
from pymaster.proto.message.digest import CONTENT_ID, Digest, pack
from pymaster.proto.message.summary import summarize
from pymaster.store.mailbox.contract import Counts, Entry, Flagged, MailboxError, Usage
from pymaster.store.mailbox.state import DELETED, SEEN, FlagTable, State
from pymaster.util.clock import SYSTEM, Clock


def wire_form(data: bytes) -> bytes:
    """CRLF line ends throughout."""
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


class MemoryDraft:
    """A message being written."""

    def __init__(self, date: int) -> None:
        self.date, self.size, self.data, self.parts = date, 0, b"", [b""]

    def write(self, block: bytes) -> None:
        """More of it."""
        self.parts.append(block)
        self.size += len(block)

    def finish(self) -> None:
        """All is written."""
        self.data = wire_form(b"".join(self.parts))
        self.size = len(self.data)

    def abandon(self) -> None:
        """Not wanted."""
        self.parts.clear()


class MemoryMailbox:
    """One mailbox."""

    rights = ALL

    def __init__(self, account: MemoryAccount, name: str, uidvalidity: int) -> None:
        self.account, self.name, self.uidvalidity = account, name, uidvalidity
        self.mailbox_id = hashlib.md5(f"{name}/{uidvalidity}".encode(), usedforsecurity=False).hexdigest()
        self.read_only, self.deleted = False, False
        self.flags, self.state = FlagTable(), State()
        self.bodies: dict[int, bytes] = {}
        self.digests: dict[int, Digest] = {}
        self.unclaimed: set[int] = set()
        self.gone: list[tuple[int, int]] = []

    def refresh(self) -> State:
        """The newest state."""
        if self.deleted:
            raise MailboxError("NONEXISTENT", "Mailbox was deleted")
        return self.state

    def stale(self) -> bool:
        """Never."""
        return False

    def claim_recent(self) -> set[int]:
        """Recent messages, once."""
        claimed, self.unclaimed = self.unclaimed, set()
        return claimed

    def recent_count(self) -> int:
        """How many are left to claim."""
        return len(self.unclaimed)

    def draft(self, date: int | None = None) -> MemoryDraft:
        """A new message."""
        return MemoryDraft(int(self.account.clock.now()) if date is None else date)

    def append(self, drafts: Sequence[tuple[MemoryDraft, Iterable[bytes]]]) -> list[int]:
        """Add finished drafts."""
        self._room(sum(draft.size for draft, _ in drafts), len(drafts))
        return self._add([(draft.data, draft.date, self._number(flags)) for draft, flags in drafts])

    def _room(self, size: int, count: int) -> None:
        used = self.account.usage()
        if used.storage_limit and used.storage + size > used.storage_limit:
            raise MailboxError("OVERQUOTA", "Quota exceeded")
        if used.messages_limit and used.messages + count > used.messages_limit:
            raise MailboxError("OVERQUOTA", "Quota exceeded")

    def _number(self, flags: Iterable[bytes]) -> int:
        try:
            return self.flags.number(frozenset([self.flags.known(flag) for flag in flags]))
        except ValueError as exc:
            raise MailboxError("LIMIT", "Too many keywords") from exc

    def _add(self, messages: list[tuple[bytes, int, int]]) -> list[int]:
        now, uid, rows = int(self.account.clock.now()), self.state.uidnext, []
        for data, date, number in messages:
            rows.append((uid, number, len(data), date, now))
            self.bodies[uid] = data
            uid += 1
        uids = [row[0] for row in rows]
        self.state = self.state.extended(rows, self.state.highest + 1)
        self.unclaimed.update(uids)
        return uids

    def store(
        self, uids: Sequence[int], operation: str, flags: Iterable[bytes], unchanged_since: int | None = None
    ) -> Flagged:
        """Change flags."""
        number = self._number(flags)
        wanted = self.flags.sets[number]
        rows, numbers, found = [], [], Flagged(self.state)
        for uid in uids:
            row = self.state.position(uid)
            if row < 0:
                continue
            if unchanged_since is not None and self.state.modseqs[row] > unchanged_since:
                found.modified.append(uid)
                continue
            old = self.flags.sets[self.state.flags[row]]
            new = {"+": old | wanted, "-": old - wanted, "=": wanted}[operation]
            found.changed.append(uid)
            if new != old:
                rows.append(row)
                numbers.append(self.flags.number(new))
        if rows:
            self.state = self.state.reflagged(rows, numbers, self.state.highest + 1)
        found.state = self.state
        return found

    def expunge(self, uids: Sequence[int] | None = None) -> list[int]:
        """Remove deleted messages."""
        having, state = self.flags.having(DELETED), self.state
        among = None if uids is None else set(uids)
        gone = [
            uid for row, uid in enumerate(state.uids) if state.flags[row] in having and (among is None or uid in among)
        ]
        return self.remove(gone)

    def remove(self, uids: Sequence[int]) -> list[int]:
        """Remove messages."""
        going = set(uids) & set(self.state.uids)
        if not going:
            return []
        rows = [row for row, uid in enumerate(self.state.uids) if uid not in going]
        self.state = self.state.kept(rows, self.state.highest + 1)
        for uid in going:
            self.gone.append((uid, self.state.highest))
            self.bodies.pop(uid)
            self.digests.pop(uid, None)
        self.unclaimed -= going
        return sorted(going)

    def copy(self, uids: Sequence[int], target: MemoryMailbox, *, move: bool = False) -> list[tuple[int, int]]:
        """Copy or move messages."""
        here = [(uid, self.state.position(uid)) for uid in uids]
        here = [(uid, row) for uid, row in here if row >= 0]
        if not move:
            target._room(sum(self.state.sizes[row] for _, row in here), len(here))
        messages = [
            (self.bodies[uid], self.state.dates[row], target._number(self.flags.sets[self.state.flags[row]]))
            for uid, row in here
        ]
        if not messages:
            return []
        pairs = list(zip([uid for uid, _ in here], target._add(messages), strict=True))
        if move:
            self.remove([uid for uid, _ in here])
        return pairs

    def digest(self, uid: int) -> Digest | None:
        """The digest, made at first use."""
        found = self.digests.get(uid)
        if found is None and uid in self.bodies:
            found = self.digests[uid] = Digest(pack(summarize(self.bodies[uid])))
        return found

    def prepare(self, uids: Sequence[int]) -> None:
        """Make digests."""
        for uid in uids:
            self.digest(uid)

    def digests_of(self, uids: Sequence[int]) -> list[Digest | None]:
        """Digests, in the order of the UIDs."""
        return [self.digest(uid) for uid in uids]

    def read(self, uid: int) -> bytes | None:
        """The message."""
        return self.bodies.get(uid)

    def vanished(self, since: int) -> list[tuple[int, int]] | None:
        """Expunged after `since`."""
        return runs(sorted(uid for uid, modseq in self.gone if modseq > since))

    def uidl(self, uid: int) -> bytes:
        """Dovecot's default form."""
        return b"%08x%08x" % (uid, self.uidvalidity)

    def counts(self) -> Counts:
        """STATUS."""
        state = self.state
        seen, deleted = self.flags.having(SEEN), self.flags.having(DELETED)
        gone = [row for row, number in enumerate(state.flags) if number in deleted]
        return Counts(
            len(state), len(self.unclaimed), sum(number not in seen for number in state.flags), len(gone),
            sum(state.sizes), sum(state.sizes[row] for row in gone), state.uidnext, self.uidvalidity, state.highest,
            self.mailbox_id,
        )  # fmt: skip

    def content_id(self, uid: int) -> bytes:
        """A hash of the message."""
        found = self.digest(uid)
        return found[CONTENT_ID] if found else b""

    def watched(self) -> list[str]:
        """Nothing on disk."""
        return []

    def close(self) -> None:
        """Nothing to close."""


class MemoryAccount:
    """One user."""

    shared = ""

    def __init__(self, user: str = "user", separator: str = ".", clock: Clock = SYSTEM) -> None:
        self.user, self.separator, self.clock = user, separator, clock
        self.boxes: dict[str, MemoryMailbox] = {}
        self.levels: set[str] = set()
        self.special: dict[str, tuple[str, ...]] = {}
        self.subscribed: list[str] = []
        self.limits = (0, 0)
        self.annotations: dict[str, dict[str, bytes]] = {}
        self.rights: dict[str, dict[str, str]] = {}
        self.validity = 1_000_000
        self.create("INBOX")

    def entries(self) -> list[Entry]:
        """Every name."""
        names = set(self.boxes) | self.levels
        for name in list(names):
            parts = name.split(self.separator)
            names.update(self.separator.join(parts[:n]) for n in range(1, len(parts)))
        order = sorted(names, key=lambda name: (name != "INBOX", name))
        return [
            Entry(name, name in self.boxes, any(other.startswith(name + self.separator) for other in names),
                  self.special.get(name, ()), None)
            for name in order
        ]  # fmt: skip

    def open(self, name: str) -> MemoryMailbox:
        """One mailbox."""
        found = self.boxes.get(name)
        if found is None:
            raise MailboxError("NONEXISTENT", f"Mailbox doesn't exist: {name}")
        return found

    def opened(self, name: str) -> bool:
        """All are."""
        return name in self.boxes

    def counts(self, name: str) -> Counts:
        """STATUS."""
        return self.open(name).counts()

    def create(self, name: str, special: Sequence[str] = ()) -> str:
        """A new mailbox."""
        if name in self.boxes:
            raise MailboxError("ALREADYEXISTS", "Mailbox already exists")
        if any(part == "" for part in name.split(self.separator)):
            raise MailboxError("CANNOT", "Invalid mailbox name")
        taken = {use for uses in self.special.values() for use in uses}
        if taken & set(special):
            raise MailboxError("USEATTR", "Another mailbox has this special use")
        self.validity += 1
        box = self.boxes[name] = MemoryMailbox(self, name, self.validity)
        self.levels.discard(name)
        if special:
            self.special[name] = tuple(special)
        return box.mailbox_id

    def delete(self, name: str) -> None:
        """Remove a mailbox."""
        if name == "INBOX":
            raise MailboxError("CANNOT", "INBOX can't be deleted")
        box = self.open(name)
        if any(other.startswith(name + self.separator) for other in self.boxes):
            self.levels.add(name)
        box.deleted = True
        del self.boxes[name]
        self.special.pop(name, None)

    def rename(self, old: str, new: str) -> None:
        """Rename with children."""
        if new in self.boxes:
            raise MailboxError("ALREADYEXISTS", "Target mailbox already exists")
        if old == "INBOX":
            self.create(new)
            inbox = self.open("INBOX")
            inbox.copy(list(inbox.state.uids), self.open(new), move=True)
            return
        moved = [name for name in self.boxes if name == old or name.startswith(old + self.separator)]
        if not moved:
            raise MailboxError("NONEXISTENT", f"Mailbox doesn't exist: {old}")
        for name in moved:
            box = self.boxes.pop(name)
            box.name = new + name[len(old) :]
            self.boxes[box.name] = box
            if name in self.special:
                self.special[box.name] = self.special.pop(name)

    def subscriptions(self) -> list[str]:
        """Subscribed names."""
        return list(self.subscribed)

    def subscribe(self, name: str, on: bool = True) -> None:
        """Change a subscription."""
        self.subscribed = [each for each in self.subscribed if each != name] + ([name] if on else [])

    def usage(self) -> Usage:
        """Quota."""
        boxes = self.boxes.values()
        return Usage(
            sum(sum(box.state.sizes) for box in boxes), self.limits[0], sum(len(box.state) for box in boxes),
            self.limits[1],
        )  # fmt: skip

    def set_quota(self, storage: int, messages: int) -> None:
        """Set limits."""
        self.limits = (storage, messages)

    def metadata(self, name: str) -> dict[str, bytes]:
        """Annotations."""
        return dict(self.annotations.get(name, {}))

    def set_metadata(self, name: str, values: dict[str, bytes | None]) -> None:
        """Change annotations."""
        kept = self.annotations.setdefault(name, {})
        for entry, value in values.items():
            if value is None:
                kept.pop(entry, None)
            else:
                kept[entry] = value

    def acl(self, name: str) -> dict[str, str]:
        """Rights."""
        return {self.user: "lrswipkxtea", **self.rights.get(name, {})}

    def set_acl(self, name: str, identifier: str, rights: str | None) -> None:
        """Change rights."""
        kept = self.rights.setdefault(name, {})
        if rights is None:
            kept.pop(identifier, None)
        else:
            kept[identifier] = rights

    def watched(self) -> list[str]:
        """Nothing on disk."""
        return []

    def close(self) -> None:
        """Nothing to close."""
