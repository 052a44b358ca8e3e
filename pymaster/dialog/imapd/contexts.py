"""contexts - searches whose results are kept up to date: RETURN (UPDATE) of CONTEXT=SEARCH (RFC 5267 section 4.3).

A context knows the state its client was told of. When the view has moved on, only messages that are new or have a new
modseq are searched again; the client is told what came into the results and what left them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pymaster.dialog.imapd.criteria import correlator
from pymaster.dialog.imapd.searching import Search
from pymaster.dialog.imapd.selected import Selected
from pymaster.dialog.imapd.session import Session
from pymaster.proto.imap.searchkeys import SEQUENCE, UIDS, Key, Program
from pymaster.proto.imap.sets import STAR, SequenceSet, runs, written

# access.md 8: at most 10 a session.
MAX_CONTEXTS = 10


class Context:
    """One search that goes on, named by its tag. A teller of the session; it ends with the mailbox or by CANCELUPDATE."""

    def __init__(self, session: Session, tag: bytes, program: Program, rows: Iterable[int], uid: bool) -> None:
        selected = session.selected
        assert selected is not None
        self.session, self.selected, self.tag, self.uid = session, selected, tag, uid
        self.view = selected.view
        self.program = program.mapped(lambda key: _pinned(key, selected))
        self.members = {self.view.uids[row] for row in rows}
        world, mailbox = session.world, selected.mailbox
        self._unwatch = world.watch(mailbox.watched(), session.io.wake)
        self._unfollow = world.follow(mailbox, session.io.wake)
        session.tellers.append(self)
        session.closers.append(self.end)
        selected.leaving.append(self.leave)

    def end(self) -> None:
        """No more notifications."""
        if self in self.session.tellers:
            self.session.tellers.remove(self)
            self.session.closers.remove(self.end)
            self.selected.leaving.remove(self.leave)
            self._unwatch()
            self._unfollow()

    def leave(self, rows: list[int]) -> list[bytes]:
        """Messages are about to be told as expunged: their numbers have to be named before (section 4.3.4)."""
        uids = self.selected.view.uids
        gone = {uids[row]: row for row in rows if uids[row] in self.members}
        self.members -= gone.keys()
        return self._lines(b"REMOVEFROM", list(gone) if self.uid else [row + 1 for row in gone.values()])

    def __call__(self) -> None:
        """Tell what changed."""
        session, selected = self.session, self.selected
        if session.selected is not selected:
            self.end()
            return
        old, view = self.view, selected.view
        if view is old:
            return
        self.view = view
        known = dict(zip(old.uids, old.modseqs, strict=True))
        rows = [
            row
            for row, (uid, modseq) in enumerate(zip(view.uids, view.modseqs, strict=True))
            if known.get(uid) != modseq
        ]
        search = Search(
            self.program, selected.mailbox, view, session.world.clock.now(), selected.recent, selected.saved
        )
        hits = set(search.run(session, rows, command=False)) if rows else set()
        added = [row for row in rows if row in hits and view.uids[row] not in self.members]
        removed = [row for row in rows if row not in hits and view.uids[row] in self.members]
        self.members.update([view.uids[row] for row in added])
        self.members.difference_update([view.uids[row] for row in removed])
        for item, changed in ((b"REMOVEFROM", removed), (b"ADDTO", added)):
            for line in self._lines(item, [view.uids[row] if self.uid else row + 1 for row in changed]):
                session.write(line)

    def _lines(self, item: bytes, numbers: list[int]) -> list[bytes]:
        """A notification. Position 0: the client finds the place itself, results of SEARCH being in mailbox order."""
        if not numbers:
            return []
        uid = b" UID" if self.uid else b""
        return [b"* ESEARCH (%s)%s %s (0 %s)\r\n" % (correlator(self.tag), uid, item, written(numbers))]


def contexts(session: Session) -> list[Context]:
    """Those of the selected mailbox; others end as soon as they notice."""
    return [each for each in session.tellers if isinstance(each, Context) and each.selected is session.selected]


def in_use(session: Session, tag: bytes) -> bool:
    """Whether a context has this tag: then another one cannot."""
    return any(each.tag == tag for each in contexts(session))


def begin(session: Session, program: Program, rows: Iterable[int], *, uid: bool) -> None:
    """Keep a search up to date from now on, or say that this will not be."""
    if len(contexts(session)) >= MAX_CONTEXTS:
        refuse(session)
    else:
        Context(session, session.tag, program, rows, uid)


def refuse(session: Session) -> None:
    """Say that a search will not be kept up to date."""
    session.write(b'* NO [NOUPDATE "%s"] Will not notify.\r\n' % session.tag)


def _pinned(key: Key, selected: Selected) -> Key:
    """Message numbers, and `$`, are those of the moment at which the search was made: UIDs from then on."""
    numbers, uids = key.numbers, selected.view.uids
    if numbers.saved:
        return replace(key, kind=UIDS, numbers=SequenceSet(runs(selected.saved)))
    if key.kind != SEQUENCE:
        return key
    if not uids:
        return replace(key, kind=UIDS)
    ranges = []
    for bounds in numbers.ranges:
        if bounds == (STAR, STAR):
            ranges.append((uids[-1], uids[-1]))
        elif STAR in bounds:
            # To the end, also when more come.
            ranges.append((uids[min(max(bounds), len(uids)) - 1], STAR))
        elif min(bounds) <= len(uids):
            ranges.append((uids[min(bounds) - 1], uids[min(max(bounds), len(uids)) - 1]))
    return replace(key, kind=UIDS, numbers=SequenceSet(ranges))
