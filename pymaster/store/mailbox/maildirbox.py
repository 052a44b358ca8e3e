"""maildirbox - the Maildir driver: see driver.Driver for what each call means, `maildirscan` for looking.

UIDs rest in `dovecot-uidlist`, keywords in `dovecot-keywords`, everything else in file names and times, so that Dovecot,
mutt and procmail may use the same Maildir at the same time, and a site may go back. The place of a message is its file
name, with `new/` before it there. The stamp holds mtimes; those of our own changes are taken over only when nothing else
had happened before, and since an mtime may not tell two changes of one tick apart, a folder that was just changed is
listed once more when it has been quiet for a second.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Protocol

from pymaster.store.mailbox import maildirsave, uidlist
from pymaster.store.mailbox.dotlock import dotlock
from pymaster.store.mailbox.driver import Change, Driver, Saving, View
from pymaster.store.mailbox.keywords import Keywords
from pymaster.store.mailbox.maildirdraft import MaildirDraft
from pymaster.store.mailbox.maildirfiles import QUIET, Look, MaildirFiles, of_stamp
from pymaster.store.mailbox.maildirname import NEW, base_of, renamed
from pymaster.store.mailbox.maildirscan import Found, Numbering, arrivals, change_of, compared, differences, reflagged
from pymaster.store.mailbox.pursuit import Pursuit
from pymaster.store.mailbox.state import FlagTable, State
from pymaster.store.mailbox.uidlist import UidList
from pymaster.store.mailbox.wire import wire_form
from pymaster.util import log

# The uidlist is written anew when so many lines say nothing any more, and more than there are messages.
STALE_LINES = 200


class Validity(Protocol):
    """Where a mailbox that lost its UIDs gets a new UIDVALIDITY."""

    def __call__(self) -> int:
        """Higher than any before in this account."""


class MaildirBox:
    """One Maildir."""

    def __init__(self, files: MaildirFiles, validity: Validity) -> None:
        self.files, self._validity = files, validity
        self.keywords = Keywords(files.root)
        # Base names whose sizes in the name are wrong.
        self.doubted: set[str] = set()
        # What was here just before messages were moved away (see maildirsave.adopt).
        self.leaving: Look | None = None
        self._places: Sequence[str] = ()
        self._rows: dict[str, int] = {}
        self._uidls: tuple[tuple[int, int, int], dict[int, bytes]] = ((-1, 0, 0), {})

    def rows(self, view: View) -> dict[str, int]:
        """Rows by base name. Base names never change within one list of places."""
        if view.places is not self._places or len(view.places) != len(self._rows):
            self._rows = {base_of(place): row for row, place in enumerate(view.places)}
            self._places = view.places
        return self._rows

    # Looking.

    def changed(self, stamp: bytes) -> bool:
        """Whether there may be news."""
        look = self.files.look()
        before = of_stamp(stamp)
        if before is None or before[0] != look:
            return True
        at = before[1]
        return at - max(look.new, look.cur) < QUIET <= self.files.now() - at

    def scan(self, view: View) -> Change:
        """Compare, number what is new."""
        at, look = self.files.now(), self.files.look()
        before = of_stamp(view.stamp)
        words = self.keywords.refresh(look.keywords) and before is not None and before[0].keywords != look.keywords
        found = differences(self, view)
        same_list = before is not None and before[0].uidlist == look.uidlist and bool(view.uidvalidity)
        if same_list and not found.arrived:
            change = change_of(view, found, look, at)
        else:
            with dotlock(self.files.root, uidlist.LOCK):
                same_list = same_list and self.files.look().uidlist == look.uidlist
                view, found, change = self._listing(view, found, same=same_list)
            change.stamp = self._after(look, at)
        change.flags = reflagged(self, view, found, all_rows=words) if view.uidvalidity else {}
        return change

    def _listing(self, view: View, found: Found, *, same: bool) -> tuple[View, Found, Change]:
        listed = self._listed(view, same=same)
        if view.uidvalidity and listed.uidvalidity != view.uidvalidity:
            # These UIDs are no longer those of the files: nothing that was known holds.
            view = View(State(), FlagTable(), mailbox_id=view.mailbox_id)
            found = differences(self, view)
        try:
            return view, found, self._numbered(view, found, listed, checked=same)
        except ValueError:
            log.warning(f"{self.files.path}/{uidlist.NAME}: no UIDs left, set aside; all messages get new UIDs")
            uidlist.set_aside(self.files.root)
            view = View(State(), FlagTable(), mailbox_id=view.mailbox_id)
            return self._listing(view, differences(self, view), same=False)

    def _after(self, look: Look, at: int) -> bytes:
        """The stamp of what was seen before, with the uidlist as it is after our own change of it."""
        now = self.files.look()
        return Look(look.new, look.cur, *now.uidlist, look.keywords).stamp(at)

    def _listed(self, view: View, *, same: bool) -> UidList:
        """The uidlist; one that holds nothing but numbers if the view's are those of the file; a new one if need be."""
        if same:
            return UidList(view.uidvalidity, view.state.uidnext, view.mailbox_id)
        try:
            listed = uidlist.load(self.files.root)
            if listed is not None and listed.broken and not view.uidvalidity:
                # Nobody knows which UIDs were given to whom.
                raise ValueError("lines that are none")
        except ValueError as exc:
            log.warning(f"{self.files.path}/{uidlist.NAME}: damaged ({exc}), set aside; all messages get new UIDs")
            uidlist.set_aside(self.files.root)
            listed = None
        if listed is None:
            listed = UidList(self._validity(), guid=view.mailbox_id or os.urandom(16).hex(), old=True)
        if not listed.guid:
            listed.guid = view.mailbox_id or os.urandom(16).hex()
        return listed

    def _numbered(self, view: View, found: Found, listed: UidList, *, checked: bool) -> Change:
        """Give UIDs, write the uidlist: by appending, or anew when it is old, lacks lines, or is full of stale ones."""
        unlisted: list[tuple[int, str]] = []
        if not checked and view.uidvalidity:
            renumbered, unlisted = compared(view, self.rows(view), listed)
            for row in renumbered - found.missing:
                found.missing.add(row)
                place = found.moved.pop(row, view.places[row])
                found.arrived[base_of(place)] = place
        change = change_of(view, found, Look(0, 0, 0, 0, 0, 0), 0)
        numbering = Numbering(view, listed)
        change.arrived = arrivals(self, found.arrived, numbering)
        change.uidnext, change.uidvalidity, change.mailbox_id = numbering.next, listed.uidvalidity, listed.guid
        if listed.old or listed.broken or unlisted or self._stale(listed, found, view):
            self._rewrite(view, listed, change, numbering)
        elif numbering.added:
            uidlist.append(self.files.root, numbering.added, self.files.flusher.flush)
        return change

    def _stale(self, listed: UidList, found: Found, view: View) -> bool:
        lines, alive = len(listed.entries) + listed.stale, len(view.places) + len(found.arrived)
        return lines - alive > max(STALE_LINES, alive)

    def _rewrite(self, view: View, listed: UidList, change: Change, numbering: Numbering) -> None:
        gone = set(change.gone)
        alive = {
            base: view.state.uids[row] for base, row in self.rows(view).items() if view.state.uids[row] not in gone
        }
        alive |= {base_of(row.place): row.uid for row in change.arrived}
        extras = {base: (uid, extra) for base, (uid, extra) in listed.entries.items() if extra}
        listed.entries = {
            base: (uid, extras[base][1] if extras.get(base, (0,))[0] == uid else "") for base, uid in alive.items()
        }
        listed.uidnext = numbering.next
        uidlist.rewrite(self.files.root, listed)

    # Reading.

    def read(self, uid: int, place: str) -> bytes | None:
        """The message in wire form."""
        found: list[bytes] = []

        def take(at: str) -> None:
            data = self.files.read(at)
            if data is None:
                raise FileNotFoundError
            found.append(data)

        Pursuit(self.files).act(place, take)
        return wire_form(found[0]) if found else None

    def doubt(self, uid: int, place: str) -> None:
        """Measure it at the next scan."""
        self.doubted.add(base_of(place))

    def identity(self, uid: int, place: str) -> str:
        """The base name."""
        return base_of(place)

    def uidl(self, uid: int) -> bytes | None:
        """The `P` field of the uidlist."""
        key = self.files.look().uidlist
        if key != self._uidls[0]:
            saved: dict[int, bytes] = {}
            try:
                listed = uidlist.load(self.files.root)
            except ValueError:
                listed = None
            for number, extra in listed.entries.values() if listed else ():
                for each in extra.split(" ") if extra else ():
                    if each[0] == "P" and len(each) > 1:
                        saved[number] = each[1:].encode("utf-8", "surrogateescape")
            self._uidls = (key, saved)
        return self._uidls[1].get(uid)

    def watched(self) -> list[str]:
        """new/ and cur/."""
        return [f"{self.files.path}/new", f"{self.files.path}/cur"]

    # Changing.

    def draft(self, date: int) -> MaildirDraft:
        """Begin a message."""
        return MaildirDraft(self.files, date)

    def save(self, view: View, items: Sequence[Saving]) -> Change:
        """Make drafts messages."""
        return maildirsave.save(self, view, items)

    def adopt(self, view: View, source: Driver, given: View, rows: Sequence[int], *, move: bool) -> Change | None:
        """Bring messages here by links or renaming."""
        if not isinstance(source, MaildirBox):
            return None
        return maildirsave.adopt(self, view, source, (given, rows), move=move)

    def forget(self, view: View, rows: Sequence[int]) -> Change:
        """Rows that were moved away."""
        before, self.leaving = self.own(view) or self.leaving, None
        return Change(gone=[view.state.uids[row] for row in rows], stamp=self.stamped(view, before))

    def own(self, view: View) -> Look | None:
        """Before a change of ours: what is there, None if anything has happened since the view's stamp."""
        look, before = self.files.look(), of_stamp(view.stamp)
        self.keywords.refresh(look.keywords)
        return look if before is not None and before[0] == look else None

    def stamped(self, view: View, before: Look | None) -> bytes:
        """After a change of ours: the new stamp, or the old one, with which `changed` will say yes."""
        return view.stamp if before is None else self.files.look().stamp(self.files.now())

    def flag(self, view: View, wanted: Sequence[tuple[int, frozenset[bytes]]]) -> Change:
        """Rename files."""
        before, change = self.own(view), Change()
        self.learn({flags for _, flags in wanted})
        pursuit = Pursuit(self.files)
        for row, flags in wanted:
            old = view.places[row]
            new = renamed(old, flags, self.keywords)
            if new != old:
                found = pursuit.act(old, lambda at, flags=flags: self._reflag(at, flags))  # type: ignore[misc]
                if found is None:
                    continue
                change.places[view.state.uids[row]] = renamed(found, flags, self.keywords)
            change.flags[view.state.uids[row]] = flags
        change.stamp = self.stamped(view, before)
        return change

    def _reflag(self, place: str, flags: frozenset[bytes]) -> None:
        self.files.rename(place, renamed(place, flags, self.keywords))

    def learn(self, sets: set[frozenset[bytes]]) -> None:
        """Give letters to keywords in sets of flags."""
        used = {flag for flags in sets for flag in flags if not flag.startswith(b"\\")}
        if any(self.keywords.letter(flag) is None for flag in used):
            self.keywords.refresh(self.files.look().keywords)
            self.keywords.learn(used)

    def remove(self, view: View, rows: Sequence[int]) -> Change:
        """Unlink files."""
        before, change = self.own(view), Change()
        pursuit = Pursuit(self.files)
        places = [pursuit.act(view.places[row], self.files.unlink) or view.places[row] for row in rows]
        change.gone = [view.state.uids[row] for row in rows]
        self.files.flush(places)
        change.gone.sort()
        change.stamp = self.stamped(view, before)
        return change

    def settle(self, view: View, rows: Sequence[int]) -> Change:
        """Move files from new/ to cur/."""
        new = [row for row in rows if view.places[row].startswith(NEW)]
        if not new:
            return Change(stamp=view.stamp)
        before, change = self.own(view), Change()
        for row in new:
            place = view.places[row]
            target = place[len(NEW) :] if ":2," in place else f"{base_of(place)}:2,"
            try:
                self.files.rename(place, target)
            except FileNotFoundError:
                continue  # somebody else moved it: the next scan finds where to
            change.places[view.state.uids[row]] = target
        change.stamp = self.stamped(view, before)
        return change

    def close(self) -> None:
        """Give descriptors back."""
        self.files.close()
