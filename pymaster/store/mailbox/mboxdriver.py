"""mboxdriver - one mbox as a mailbox of the index: what is in the file, and what changes it.

Reading needs no lock: each message is known by a hash of its bytes, and bytes that do not fit are looked for once more
with the lock held. Whatever changes the file holds its locks; new mail of others is read from the old end on if the old
end is one still, else everything is looked at. New mail is not written to when it is found: its UIDs are reserved durably
in the note, and the headers come when it is no longer recent, or when something else has to be written.

A last message without the empty line that ends it is shown only after a while: its writer may have died, and will cut it
away and write it again. Access.md 5.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence

from pymaster.store.mailbox import mboxedit, mboxheaders, mboxuids
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.driver import Change, Driver, Row, Saving, View
from pymaster.store.mailbox.mboxdraft import MboxDraft
from pymaster.store.mailbox.mboxedit import Edit, Span, with_keywords
from pymaster.store.mailbox.mboxfile import PATIENT, MboxFile, same_file, stamp_of
from pymaster.store.mailbox.mboxheaders import Base, parse
from pymaster.store.mailbox.mboxmessage import Seen, laid, look
from pymaster.store.mailbox.mboxrewrite import Piece, write_at
from pymaster.store.mailbox.mboxscan import Found, continues, from_date, from_text, scan, single
from pymaster.store.mailbox.mboxuids import Note, assign, parse_place, place_of
from pymaster.store.mailbox.state import SEEN, State
from pymaster.store.mailbox.wire import wire_form
from pymaster.store.mboxlock import Locking
from pymaster.util.clock import SYSTEM, Clock

# How long (seconds) a last message without its end may still be at work.
UNFINISHED = 30.0
# What is written anew (octets) only to number new mail in the file.
MOVABLE = 1 << 20


class MboxDriver:
    """One mbox; see driver.Driver. `folder` holds the note and the redo file and is ours alone."""

    def __init__(self, path: str, folder: str, validity: Callable[[], int], *, optional: bool = False,
                 locking: Locking = PATIENT, clock: Clock = SYSTEM) -> None:  # fmt: skip
        """`validity` makes a UIDVALIDITY above all earlier ones of the account. Raises nothing but Unsafe for the path."""
        self._file = MboxFile(path, folder, locking=locking, optional=optional)
        self._folder, self._validity, self._clock = folder, validity, clock
        self._doubtful = False

    # Looking.

    def changed(self, stamp: bytes) -> bool:
        """Whether the file is another one, longer, or changed; or somebody died while changing it."""
        return stamp_of(self._file.stat()) != stamp or self._doubtful or self._file.rewriter.pending()

    def scan(self, view: View) -> Change:
        """Compare the file with the view. While another program keeps the file locked, the mailbox looks as it did."""
        try:
            return self._scan(view)
        except MailboxError as exc:
            if exc.code != "INUSE" or not view.uidvalidity:
                raise
            return Change(stamp=view.stamp)

    def _scan(self, view: View) -> Change:
        with self._file.locked(brief=bool(view.uidvalidity)) as fd:
            if fd < 0:
                return self._empty(view)
            file_base, note = self._base(fd), mboxuids.read_note(self._folder)
            had = mboxuids.agreed(view, note, file_base, self._clock.now())
            if not had.validity:
                view = View(State(), view.table)
            start, rows = self._from(fd, view)
            seen, dates, end = self._look(fd, start)
            given = assign(seen, view, rows, had.last)
            kept = self._keep(fd, note, file_base, Note(had.validity, given.last, had.mailbox_id))
            change = self._compared(view, seen, dates, given)
            self._doubtful = False
            unread = any(SEEN not in row.flags for row in change.arrived) or _unread(view, change)
            self._file.settle_times(unread=unread)
            change.stamp = stamp_of(os.fstat(fd), end)
        change.uidnext, change.uidvalidity, change.mailbox_id = kept.last + 1, kept.validity, kept.mailbox_id
        return change

    def _empty(self, view: View) -> Change:
        note = mboxuids.read_note(self._folder)
        had = mboxuids.agreed(view, note, None, self._clock.now())
        kept = self._keep(-1, note, None, had)
        return Change(gone=list(view.state.uids), stamp=stamp_of(None), uidnext=kept.last + 1,
                      uidvalidity=kept.validity, mailbox_id=kept.mailbox_id)  # fmt: skip

    def _from(self, fd: int, view: View) -> tuple[int, list[int]]:
        """Where to begin, and which rows of the view may lie from there on."""
        found = os.fstat(fd)
        known = same_file(view.stamp, found) if view.uidvalidity and not self._doubtful else -1
        if known > 0 and found.st_size > known and continues(fd, known, found.st_size):
            return known, [row for row, place in enumerate(view.places) if parse_place(place)[0] >= known]
        return 0, list(range(len(view.places)))

    def _look(self, fd: int, start: int) -> tuple[list[Seen], list[int], int]:
        """The messages from there on, their dates, and the end of what may be shown."""
        found = os.fstat(fd)
        seen, dates, end = [], [], start
        try:
            for each in scan(fd, start, found.st_size):
                if self._unfinished(each, found):
                    break
                one, _ = look(each)
                end = one.end
                if one.meta.pseudo and one.start == 0:
                    continue
                seen.append(one)
                date = from_date(each.data[: each.head])
                dates.append(int(found.st_mtime) if date is None else date)
        except ValueError as exc:
            raise MailboxError("UNAVAILABLE", "Mailbox is not in mbox format") from exc
        except OverflowError as exc:
            raise MailboxError("LIMIT", "A message is too large") from exc
        return seen, dates, end

    def _unfinished(self, each: Found, found: os.stat_result) -> bool:
        if each.end < found.st_size or each.finished:
            return False
        return abs(self._clock.now() - found.st_mtime) < UNFINISHED

    def _compared(self, view: View, seen: list[Seen], dates: list[int], given: mboxuids.Given) -> Change:
        now = int(self._clock.now())
        change = Change(gone=given.gone)
        for each, row, uid, date in zip(seen, given.rows, given.uids, dates, strict=True):
            place = place_of(each.start, each.end, each.key)
            if row < 0:
                meta = each.meta
                change.arrived.append(Row(uid, place, meta.flags, each.size, date, now, not meta.old))
                continue
            if place != view.places[row]:
                change.places[uid] = place
            if _differ(each.meta.flags, view.flags(row)):
                change.flags[uid] = each.meta.flags
        change.arrived.sort(key=lambda row: row.uid)
        return change

    # UIDs.

    def _base(self, fd: int) -> Base | None:
        """What the first message says of the mailbox."""
        found = mboxedit.spot(fd, 0, os.fstat(fd).st_size)
        return parse(found.header).base if found else None

    def _keep(self, fd: int, note: Note, file: Base | None, wanted: Note) -> Note:
        """Make sure, durably, that no UID up to `wanted.last` is given again; tell it in the file, too, if it fits."""
        wanted.validity = wanted.validity or self._validity()
        wanted.mailbox_id = wanted.mailbox_id or mboxuids.new_id()
        if note != wanted:
            mboxuids.write_note(self._folder, wanted)
        if file and file.validity == wanted.validity and file.last < wanted.last and not self._file.read_only:
            self._patch_base(fd, Base(wanted.validity, wanted.last, file.keywords))
        return wanted

    def _patch_base(self, fd: int, base: Base) -> None:
        found = mboxedit.spot(fd, 0, os.fstat(fd).st_size)
        patch = mboxheaders.base_patch(found.header, base) if found else None
        if found and patch:
            write_at(fd, patch[1], found.head + patch[0])

    # Reading.

    def read(self, uid: int, place: str) -> bytes | None:
        """The message in wire form."""
        start, end, key = parse_place(place)
        fd = self._file.fd
        found = self._piece(fd, start, end, key) if fd >= 0 else None
        if found is None:
            found = self._search(key)
        return None if found is None else wire_form(found)

    def _piece(self, fd: int, start: int, end: int, key: str) -> bytes | None:
        try:
            each = next(scan(fd, start, end), None) if start < end else None
        except (ValueError, OverflowError, OSError):
            return None
        if each is None or each.end != end:
            return None
        seen, text = look(each)
        return text if seen.key == key else None

    def _search(self, key: str) -> bytes | None:
        """Look through the whole file, on an open of its own: other threads may be at work with ours."""
        file = MboxFile(self._file.path, self._folder, locking=self._file.locking, optional=True)
        try:
            with file.locked() as fd:
                for each in scan(fd, 0, os.fstat(fd).st_size) if fd >= 0 else ():
                    seen, text = look(each)
                    if seen.key == key:
                        return text
        except (MailboxError, ValueError, OverflowError):
            return None
        finally:
            file.close()
        return None

    def doubt(self, uid: int, place: str) -> None:
        """Look at everything next time."""
        self._doubtful = True

    def identity(self, uid: int, place: str) -> str:
        """The hash of the bytes: copies share a digest."""
        return mboxuids.key_of(place)

    def uidl(self, uid: int) -> bytes | None:
        """None is kept in an mbox."""
        return None

    # Changing.

    def draft(self, date: int) -> MboxDraft:
        """Begin a message."""
        return MboxDraft(date, self._folder)

    @contextlib.contextmanager
    def _editing(
        self, view: View, rows: Sequence[int], *, make: bool = False, brief: bool = False
    ) -> Iterator[Edit | None]:
        """The file, locked, and where these rows are in it (or more); None when it is missing."""
        with self._file.locked(make=make, brief=brief) as fd:
            if fd < 0:
                yield None
                return
            if self._file.read_only:
                raise MailboxError("NOPERM", "Mailbox is read-only")
            found, file_base = os.fstat(fd), self._base(fd)
            had = mboxuids.agreed(view, mboxuids.read_note(self._folder), file_base, self._clock.now())
            base = Base(had.validity, had.last, file_base.keywords if file_base else ())
            edit = Edit(fd, found.st_size, with_keywords(base, view.table.keywords), stamp_of(found) == view.stamp)
            edit.spans = self._spans(view, edit, rows)
            yield edit

    def _spans(self, view: View, edit: Edit, rows: Sequence[int]) -> dict[int, Span]:
        uids = view.state.uids
        if edit.current:
            places = [(row, parse_place(view.places[row])) for row in rows]
            return {row: Span(start, end, uids[row], view.flags(row)) for row, (start, end, _) in places}
        # Somebody has been at work since the index was made: what is known is found by its bytes.
        seen, _, _ = self._look(edit.fd, 0)
        given = assign(seen, view, range(len(uids)), edit.base.last)
        pairs = zip(given.rows, seen, strict=True)
        return {row: Span(each.start, each.end, uids[row], each.meta.flags) for row, each in pairs if row >= 0}

    def _done(self, view: View, edit: Edit, change: Change) -> Change:
        """The Change with the stamp of what is there now; if there is more in the file than the index knows, an old one."""
        self._file.settle_times(unread=any(SEEN not in row.flags for row in change.arrived) or _unread(view, change))
        change.stamp = stamp_of(os.fstat(edit.fd)) if edit.current else view.stamp
        return change

    def save(self, view: View, items: Sequence[Saving]) -> Change:
        """Append, all or none: the redo file makes it one step."""
        with self._editing(view, [], make=True) as edit:
            assert edit is not None
            change = Change()
            self._number_tail(view, edit, change)
            first, edit.base.last = edit.base.last + 1, edit.base.last + len(items)
            note = Note(edit.base.validity, edit.base.last, view.mailbox_id)
            self._keep(edit.fd, mboxuids.read_note(self._folder), self._base(edit.fd), note)
            gap = _gap(edit.fd, edit.size)
            pieces: list[Piece] = [gap]
            at, now = edit.size + len(gap), int(self._clock.now())
            for uid, item in enumerate(items, first):
                own = mboxheaders.lines(uid, item.flags, old=False, base=None if at else edit.base)
                data = laid(from_text(item.draft.date), item.draft.text(), own)
                seen, _ = look(single(data))
                place = place_of(at, at + len(data), seen.key)
                change.arrived.append(Row(uid, place, item.flags, seen.size, item.draft.date, now))
                pieces.append(data)
                at += len(data)
            self._file.rewriter.replace(edit.fd, edit.size, pieces)
            return self._done(view, edit, change)

    def _number_tail(self, view: View, edit: Edit, change: Change) -> None:
        """UIDs rise in the file, too: new mail at its end is numbered there before a message with a number follows."""
        mine: dict[int, frozenset[bytes] | None] = {}
        for row in range(len(view.places) - 1, -1 if edit.current else len(view.places), -1):
            span = self._spans(view, edit, [row])[row]
            found = mboxedit.spot(edit.fd, span.start, span.end)
            if found is None or parse(found.header).uid == span.uid or edit.size - span.start > MOVABLE:
                break
            mine[row] = span.flags
        self._anew(view, edit, mine, change, old=False)
        edit.size = os.fstat(edit.fd).st_size

    def adopt(self, view: View, source: Driver, given: View, rows: Sequence[int], *, move: bool) -> Change | None:
        """Never: bytes have to be copied."""
        return None

    def forget(self, view: View, rows: Sequence[int]) -> Change:
        """Never happens, as nobody adopts from an mbox."""
        return Change(stamp=view.stamp)

    def flag(self, view: View, wanted: Sequence[tuple[int, frozenset[bytes]]]) -> Change:
        """Change flags, in place where there is room."""
        with self._editing(view, [row for row, _ in wanted]) as edit:
            if edit is None:
                return Change(stamp=view.stamp)
            mine = {row: flags for row, flags in wanted if row in edit.spans}
            change = Change(flags={view.state.uids[row]: flags for row, flags in mine.items()})
            patches = mboxedit.in_place(edit, mine)
            if patches is None:
                self._anew(view, edit, dict(mine), change)
            else:
                for at, data in patches:
                    write_at(edit.fd, data, at)
                self._tell_keywords(edit)
            return self._done(view, edit, change)

    def _tell_keywords(self, edit: Edit) -> None:
        base = self._base(edit.fd)
        if base and base.validity == edit.base.validity and base.keywords != edit.base.keywords:
            self._patch_base(edit.fd, edit.base)

    def remove(self, view: View, rows: Sequence[int]) -> Change:
        """Remove messages: the file is written anew from the first of them on."""
        gone = [view.state.uids[row] for row in rows]
        with self._editing(view, rows) as edit:
            if edit is None:
                return Change(gone=gone, stamp=view.stamp)
            change = Change(gone=gone)
            mine: dict[int, frozenset[bytes] | None] = {row: None for row in rows if row in edit.spans}
            self._anew(view, edit, mine, change)
            return self._done(view, edit, change)

    def _anew(
        self, view: View, edit: Edit, changed: dict[int, frozenset[bytes] | None], change: Change, *, old: bool = True
    ) -> None:
        if not changed:
            return
        if edit.current:
            edit.spans = self._spans(view, edit, range(len(view.places)))
        made = mboxedit.anew(edit, changed, int(self._clock.now()), old=old)
        self._file.rewriter.replace(edit.fd, made.start, made.pieces)
        for row, (start, end) in made.spans.items():
            place = place_of(start, end, mboxuids.key_of(view.places[row]))
            if place != view.places[row]:
                change.places[view.state.uids[row]] = place

    def settle(self, view: View, rows: Sequence[int]) -> Change:
        """Status says that they are old now; new mail gets its headers if not much has to be moved for it.

        Where the file is locked or not ours to write to, it does not say so.
        """
        try:
            with self._editing(view, rows, brief=True) as edit:
                return self._settled(view, rows, edit)
        except MailboxError:
            return Change(stamp=view.stamp)

    def _settled(self, view: View, rows: Sequence[int], edit: Edit | None) -> Change:
        mine = {row: edit.spans[row].flags for row in rows if row in edit.spans} if edit else {}
        if edit is None or not edit.current or not mine:
            return Change(stamp=view.stamp)
        change = Change()
        patches = mboxedit.in_place(edit, mine)
        if patches is not None:
            for at, data in patches:
                write_at(edit.fd, data, at)
        elif edit.size - min(edit.spans[row].start for row in mine) <= MOVABLE:
            self._anew(view, edit, dict(mine), change)
        return self._done(view, edit, change)

    def watched(self) -> list[str]:
        """The file, and its folder: it may be replaced."""
        folder = os.path.dirname(self._file.path)
        return [self._file.path, folder] if os.path.exists(self._file.path) else [folder]

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


def _gap(fd: int, size: int) -> bytes:
    """What is missing at the end of the last message before another one may follow."""
    tail = os.pread(fd, 3, max(size - 3, 0))
    if not size or tail.endswith((b"\n\n", b"\n\r\n")):
        return b""
    return b"\n" if tail.endswith(b"\n") else b"\n\n"


def _unread(view: View, change: Change) -> bool:
    """Whether there is unread mail among what the view knew."""
    seen, gone, state = view.table.having(SEEN), set(change.gone), view.state
    if any(SEEN not in flags for flags in change.flags.values()):
        return True
    if seen.issuperset(state.flags):
        return False
    pairs = zip(state.uids, state.flags, strict=True)
    return any(number not in seen and uid not in gone and uid not in change.flags for uid, number in pairs)


def _differ(one: frozenset[bytes], other: frozenset[bytes]) -> bool:
    """Whether two sets of flags differ, keywords in any case."""
    return one != other and {flag.lower() for flag in one} != {flag.lower() for flag in other}
