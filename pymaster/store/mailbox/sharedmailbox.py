"""sharedmailbox - somebody else's mailbox as a user sees it who was given rights to it (RFC 4314): a Mailbox in front of one.

The rights are looked up anew with every call that changes something or looks at the disk, so that what an owner takes away
is gone at once. \\Seen is the viewer's own (`privateseen`): it is laid over the owner's flags in a state and a flag table
of this object. When it changes, the message gets a new modseq in the owner's index, so that the viewer's other
sessions, and CONDSTORE, learn of it; to everybody else that says nothing new. \\Recent stays the owner's.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from pymaster.proto.imap.rights import right_for
from pymaster.store.mailbox.contract import Counts, Draft, Flagged, Mailbox, MailboxError
from pymaster.store.mailbox.driver import DriverDraft
from pymaster.store.mailbox.indexed import IndexedMailbox
from pymaster.store.mailbox.privateseen import PrivateSeen
from pymaster.store.mailbox.reading import told
from pymaster.store.mailbox.state import SEEN, SYSTEM_FLAGS, FlagTable, State, canonical

# With none of these a mailbox is READ-ONLY (RFC 4314 section 5.2).
WRITING = frozenset("iswte")
READ = "r"


def refused(rights: frozenset[str]) -> MailboxError:
    """What is said to one who lacks a right: without `l`, that there is no such mailbox (RFC 4314 section 6)."""
    if "l" in rights:
        return MailboxError("NOPERM", "Permission denied")
    return MailboxError("NONEXISTENT", "Mailbox doesn't exist")


class SharedMailbox:
    """See contract.Mailbox. `rights` is what was found the last time they were looked up. `left` is called after each close,
    when `holders`, which its account counts up, is one less."""

    def __init__(
        self, name: str, inner: IndexedMailbox, seen: PrivateSeen, look: Callable[[], frozenset[str]], reading: bool
    ) -> None:
        """`look` finds the rights that the user has now; `reading`: it is of no use any more without READ, not just to put
        mail into. Raises MailboxError."""
        self.name, self.inner, self.reading = name, inner, reading
        self.holders = 0
        self.left: Callable[[], None] = lambda: None
        self.flags, self.uidvalidity, self.mailbox_id = FlagTable(), inner.uidvalidity, inner.mailbox_id
        self._seen, self._look = seen, look
        self.rights, self.read_only = frozenset[str](), False
        self._granted()
        # By the owner's number of a set of flags: ours for it without \Seen, and with it.
        self._plain, self._marked = [0], [self.flags.number(frozenset([SEEN]))]
        self._under: State | None = None
        self._over: frozenset[int] = frozenset()
        self.state = State()
        self.digest, self.read, self.uidl, self.content_id = inner.digest, inner.read, inner.uidl, inner.content_id
        self.prepare, self.digests_of = inner.prepare, inner.digests_of
        self._show()

    # Looking.

    def stale(self) -> bool:
        """Whether there may be much to do."""
        return self.inner.stale()

    def refresh(self) -> State:
        """Look at the disk, and whether it may still be looked at."""
        self._granted()
        if self.reading and READ not in self.rights:
            raise refused(self.rights)
        self.inner.refresh()
        self._show()
        return self.state

    def _granted(self, *needed: str) -> frozenset[str]:
        """The rights as they are now; raises MailboxError when one that is needed is not among them."""
        self.rights = self._look()
        self.read_only = not self.rights & WRITING
        if not self.rights.issuperset(needed):
            raise refused(self.rights)
        return self.rights

    def _show(self) -> None:
        """Lay the viewer's \\Seen over the owner's newest state."""
        under = self.inner.state
        with told(self.name):
            if self.inner.uidvalidity != self.uidvalidity:
                self.uidvalidity = self._seen.uidvalidity = self.inner.uidvalidity
                self._seen.forget()
            over = self._seen.uids()
        if under is self._under and over is self._over:
            return
        for flags in self.inner.flags.sets[len(self._plain) :]:
            self._number(flags)
        plain, marked = self._plain, self._marked
        numbers = [marked[n] if uid in over else plain[n] for uid, n in zip(under.uids, under.flags, strict=True)]
        self.state = State(
            under.uids, array("I", numbers), under.modseqs, under.sizes, under.dates, under.saved, under.highest,
            under.uidnext,
        )  # fmt: skip
        self._under, self._over = under, over

    def _number(self, flags: frozenset[bytes]) -> None:
        kept = []
        for flag in flags - {SEEN}:
            try:
                kept.append(self.flags.known(flag))
            except ValueError:
                continue  # one more keyword than a table may have
        self._plain.append(self.flags.number(frozenset(kept)))
        self._marked.append(self.flags.number(frozenset([*kept, SEEN])))

    def claim_recent(self) -> set[int]:
        """Nothing: mail is new until its owner has seen it."""
        return set()

    def recent_count(self) -> int:
        """None, see `claim_recent`."""
        return 0

    def vanished(self, since: int) -> list[tuple[int, int]] | None:
        """Expunged after `since`."""
        return self.inner.vanished(since)

    def counts(self) -> Counts:
        """STATUS, as the viewer sees it."""
        self._show()
        seen = self.flags.having(SEEN)
        unseen = sum([number not in seen for number in self.state.flags])
        return replace(self.inner.counts(), unseen=unseen, recent=0)

    def watched(self) -> list[str]:
        """Where news may come from."""
        return self.inner.watched()

    # Adding.

    def draft(self, date: int | None = None) -> DriverDraft:
        """Begin a message."""
        self._granted("i")
        return self.inner.draft(date)

    def append(self, drafts: Sequence[tuple[Draft, Iterable[bytes]]]) -> list[int]:
        """Make finished drafts messages; flags that may not be set here are left out."""
        rights = self._granted("i")
        given = [[flag for flag in map(canonical, flags) if right_for(flag) in rights] for _, flags in drafts]
        public = [[flag for flag in flags if flag != SEEN] for flags in given]
        uids = self.inner.append([(draft, flags) for (draft, _), flags in zip(drafts, public, strict=True)])
        self._mark([uid for uid, flags in zip(uids, given, strict=True) if SEEN in flags], on=True)
        self._show()
        return uids

    def admit(self, source: IndexedMailbox, uids: Sequence[int], *, move: bool) -> list[tuple[int, int]]:
        """Take messages of one of the viewer's own mailboxes; see `copy`."""
        seen = source.flags.having(SEEN)
        state = source.state
        return self._take(
            source, uids, {uid for uid, n in zip(state.uids, state.flags, strict=True) if n in seen}, move
        )

    def _take(
        self, source: IndexedMailbox, uids: Sequence[int], seen: frozenset[int] | set[int], move: bool
    ) -> list[tuple[int, int]]:
        """Copy or move here. `seen`: what the viewer has seen there. Flags that may not be set here are left out."""
        rights = self._granted("i")
        pairs = source.copy(uids, self.inner, move=move)
        came = [there for _, there in pairs]
        unwanted = {SEEN} | self._changeable(frozenset("wt") - rights)
        if came:
            self.inner.store(came, "-", unwanted)
        if "s" in rights:
            self._mark([there for here, there in pairs if here in seen], on=True)
        self._show()
        return pairs

    def copy(self, uids: Sequence[int], target: Mailbox, *, move: bool = False) -> list[tuple[int, int]]:
        """Copy or move messages, with \\Seen as the viewer has it."""
        self._granted(READ, *("te" if move else ""))
        seen = self._seen_now()
        if isinstance(target, SharedMailbox):
            pairs = target._take(self.inner, uids, seen, move)
        else:
            pairs = self.inner.copy(uids, target, move=move)
            for on in (True, False):
                copies = [there for here, there in pairs if (here in seen) is on]
                if copies:
                    target.store(copies, "+" if on else "-", [SEEN])
        self._show()
        return pairs

    def _seen_now(self) -> frozenset[int]:
        with told(self.name):
            return self._seen.uids()

    # Flags and removal.

    def store(
        self, uids: Sequence[int], operation: str, flags: Iterable[bytes], unchanged_since: int | None = None
    ) -> Flagged:
        """Change the flags that may be changed; refused only when none of them may be (RFC 4314 section 4)."""
        rights = self._granted()
        given = list(flags)
        may = self._known([flag for flag in given if right_for(flag) in rights])
        if (given and not may) or not rights & frozenset("swt"):
            raise refused(rights)
        public = may - {SEEN}
        done = self.inner.store(uids, "-" if operation == "-" else "+", public, unchanged_since)
        if operation == "=":
            self.inner.store(done.changed, "-", self._changeable(rights) - public - {SEEN})
        if "s" in rights and (SEEN in may or operation == "="):
            self._mark(done.changed, on=SEEN in may and operation != "-")
        self._show()
        return Flagged(self.state, done.changed, done.modified)

    def _known(self, flags: Iterable[bytes]) -> set[bytes]:
        try:
            return {self.flags.known(flag) for flag in flags}
        except ValueError as exc:
            raise MailboxError("LIMIT", "Too many keywords, or too long a one") from exc

    def _changeable(self, rights: frozenset[str]) -> set[bytes]:
        """All flags there are that it takes one of these rights to change."""
        return {flag for flag in (*SYSTEM_FLAGS, *self.inner.flags.keywords) if right_for(flag) in rights}

    def _mark(self, uids: Sequence[int], *, on: bool) -> None:
        """Change the viewer's own \\Seen. First what is to be told, then that there is something to tell."""
        with told(self.name):
            before = self._seen.uids()
            changed = [uid for uid in uids if (uid in before) is not on]
            if not changed:
                return
            self._seen.change(changed, on=on, state=self.inner.state)
        self.inner.touch(changed)

    def expunge(self, uids: Sequence[int] | None = None) -> list[int]:
        """Remove deleted messages."""
        self._granted("e")
        gone = self.inner.expunge(uids)
        self._show()
        return gone

    def remove(self, uids: Sequence[int]) -> list[int]:
        """Remove messages."""
        self._granted("t", "e")
        gone = self.inner.remove(uids)
        self._show()
        return gone

    def close(self) -> None:
        """One who opened it has left."""
        self.inner.close()
        self.holders -= 1
        self.left()
