"""selected - the mailbox a session has selected, as its client knows it, and how it learns of changes.

`view` is the state the client was told of; the mailbox's own state runs ahead. `news` makes the responses that bring the
client up to date. Sequence numbers change only where EXPUNGE may be told; until then rows of expunged messages stay in
the view.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence

from pymaster.proto.imap.rights import ALL, right_for
from pymaster.proto.imap.sets import SequenceSet, slices, written
from pymaster.store.mailbox.contract import Mailbox
from pymaster.store.mailbox.state import State

RECENT = b"\\Recent"
SYSTEM = (b"\\Answered", b"\\Flagged", b"\\Deleted", b"\\Seen", b"\\Draft")


class Selected:
    """One SELECT or EXAMINE, until the mailbox is closed."""

    __slots__ = (
        "condstore", "keywords_told", "leaving", "mailbox", "qresync", "read_only", "recent", "rev2", "saved",
        "uid_required", "view",
    )  # fmt: skip

    def __init__(self, mailbox: Mailbox, read_only: bool) -> None:
        self.mailbox, self.read_only = mailbox, read_only or mailbox.read_only
        self.view: State = mailbox.state
        self.recent: set[int] = set()
        # The saved search result `$` (RFC 5182): UIDs.
        self.saved: list[int] = []
        # Asked with rows that are about to be told as expunged: what is to be said while their numbers still hold.
        self.leaving: list[Callable[[list[int]], list[bytes]]] = []
        self.condstore = self.qresync = self.rev2 = self.uid_required = False
        self.keywords_told = len(mailbox.flags.keywords)

    # Which messages a command means.

    def rows(self, numbers: SequenceSet, *, uid: bool) -> list[range]:
        """Rows of the view that a set means, as ranges. Raises ValueError for a sequence number that does not exist.

        UIDs that do not exist mean nothing; `*` is the last message, and with none of them it means nothing.
        """
        view = self.view
        if numbers.saved:
            return slices(view.uids, [(each, each) for each in self.saved])
        if uid:
            largest = view.uids[-1] if len(view) else 0
            return slices(view.uids, numbers.resolved(largest)) if largest else []
        if not len(view):
            raise ValueError("no messages")
        ranges = numbers.resolved(len(view))
        if ranges and ranges[-1][1] > len(view):
            raise ValueError("no such message")
        return [range(low - 1, high) for low, high in ranges]

    def uids(self, rows: Iterable[range]) -> list[int]:
        """The UIDs of rows."""
        found: list[int] = []
        for each in rows:
            found.extend(self.view.uids[each.start : each.stop])
        return found

    def flags_text(self, row: int) -> bytes:
        """What stands between the parentheses of FLAGS for a row of the view."""
        view = self.view
        text = self.mailbox.flags.text[view.flags[row]]
        if view.uids[row] in self.recent and not self.rev2:
            return text + b" " + RECENT if text else RECENT
        return text

    def flags_item(self, row: int) -> bytes:
        """The items of an unasked FETCH response about flags."""
        view = self.view
        parts = []
        if self.uid_required or self.qresync:
            parts.append(b"UID %d" % view.uids[row])
        if self.condstore:
            parts.append(b"MODSEQ (%d)" % view.modseqs[row])
        parts.append(b"FLAGS (%s)" % self.flags_text(row))
        return b" ".join(parts)

    # What changed.

    def behind(self) -> bool:
        """Whether there is anything to tell."""
        return self.view is not self.mailbox.state

    def news(self, *, expunges: bool, flags: bool = True) -> list[bytes]:
        """Bring the view up to the mailbox's state; the responses that tell the client so, of `flags` if it wants them."""
        out: list[bytes] = []
        old, new = self.view, self.mailbox.state
        if old is new:
            return out
        gone: list[int] = []
        if old.uids is not new.uids:
            present = set(new.uids)
            gone = [row for row, uid in enumerate(old.uids) if uid not in present]
        if gone and not expunges:
            new, gone = _with_ghosts(old, new), []
        if gone:
            for each in self.leaving:
                out += each(gone)
            out += self._expunged(old, gone)
            lost = {old.uids[row] for row in gone}
            self.recent -= lost
            self.saved = [uid for uid in self.saved if uid not in lost]
        before = len(old) - len(gone)
        self.view = new
        if not self.read_only:
            self.recent |= self.mailbox.claim_recent()
        if len(new) > before:
            out.append(b"* %d EXISTS\r\n" % len(new))
            if not self.rev2:
                out.append(b"* %d RECENT\r\n" % len(self.recent))
        out += self.new_keywords()
        if flags:
            out += self._reflagged(old, new, gone, before)
        return out

    def _expunged(self, old: State, gone: list[int]) -> list[bytes]:
        if self.qresync:
            return [b"* VANISHED %s\r\n" % written([old.uids[row] for row in gone])]
        # From the end, so that each number is still what the client thinks.
        return [b"* %d EXPUNGE\r\n" % (row + 1) for row in reversed(gone)]

    def _reflagged(self, old: State, new: State, gone: list[int], before: int) -> list[bytes]:
        out: list[bytes] = []
        if old.modseqs is new.modseqs:
            return out
        was: Sequence[int] = old.modseqs
        if gone:
            missing = set(gone)
            was = array("Q", [modseq for row, modseq in enumerate(old.modseqs) if row not in missing])
        for row in range(min(before, len(new))):
            if was[row] != new.modseqs[row]:
                out.append(b"* %d FETCH (%s)\r\n" % (row + 1, self.flags_item(row)))
        return out

    def new_keywords(self) -> list[bytes]:
        """FLAGS and PERMANENTFLAGS again, when keywords came into use that the client does not know."""
        count = len(self.mailbox.flags.keywords)
        if count == self.keywords_told:
            return []
        self.keywords_told = count
        return self.flag_lines()

    def flag_lines(self) -> list[bytes]:
        """FLAGS and PERMANENTFLAGS."""
        flags = [*SYSTEM, *self.mailbox.flags.keywords]
        known = b" ".join(flags)
        if self.read_only:
            permanent, told = b"", b"Read-only mailbox."
        else:
            # `\\*`: keywords that nobody has used yet may be.
            permanent, told = known + b" \\*", b"Flags permitted."
            rights = self.mailbox.rights
            if rights is not ALL:
                permanent = b" ".join([flag for flag in (*flags, b"\\*") if right_for(flag) in rights])
        return [b"* FLAGS (%s)\r\n" % known, b"* OK [PERMANENTFLAGS (%s)] %s\r\n" % (permanent, told)]

    def absorb(self, uids: Iterable[int]) -> None:
        """The client knows, or is about to be told, what became of the flags of these messages: no news of it."""
        view, new = self.view, self.mailbox.state
        flags, modseqs = view.flags[:], view.modseqs[:]
        for uid in uids:
            row, there = view.position(uid), new.position(uid)
            if row >= 0 and there >= 0:
                flags[row], modseqs[row] = new.flags[there], new.modseqs[there]
        self.view = State(view.uids, flags, modseqs, view.sizes, view.dates, view.saved, view.highest, view.uidnext)
        if (view.uids is new.uids or view.uids == new.uids) and flags == new.flags and modseqs == new.modseqs:
            self.view = new


def _with_ghosts(old: State, new: State) -> State:
    """The new state with the rows of messages that are gone still in it, as the old state had them."""
    rows: list[tuple[int, State, int]] = [(uid, new, row) for row, uid in enumerate(new.uids)]
    present = set(new.uids)
    rows += [(uid, old, row) for row, uid in enumerate(old.uids) if uid not in present]
    rows.sort(key=lambda item: item[0])
    columns = []
    for name in ("uids", "flags", "modseqs", "sizes", "dates", "saved"):
        code = getattr(new, name).typecode
        columns.append(array(code, [getattr(state, name)[row] for _, state, row in rows]))
    uids, flags, modseqs, sizes, dates, saved = columns
    return State(uids, flags, modseqs, sizes, dates, saved, new.highest, new.uidnext)
