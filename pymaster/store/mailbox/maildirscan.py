"""maildirscan - how a Maildir differs from what the index knows of it, while other programs go on renaming in it.

Names that are known as they are cost nothing but the listing. Among the others a known base name under another name has
new flags; an unknown one has arrived, and gets the UID that the uidlist has for it or the next one; one that is missing
is looked for in a second listing before it counts as gone, since a listing may miss a file that is being renamed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from pymaster.store.mailbox import uidlist
from pymaster.store.mailbox.driver import Change, Row, View
from pymaster.store.mailbox.keywords import Keywords
from pymaster.store.mailbox.maildirfiles import Look, MaildirFiles
from pymaster.store.mailbox.maildirname import NEW, arrival, base_of, flags_of, letters_of, sizes, unique
from pymaster.store.mailbox.state import SYSTEM_FLAGS
from pymaster.store.mailbox.uidlist import UidList
from pymaster.store.mailbox.wire import wire_size


class Box(Protocol):
    """What a scan needs of its Maildir."""

    files: MaildirFiles
    keywords: Keywords
    doubted: set[str]

    def rows(self, view: View) -> dict[str, int]:
        """Rows of a view by base name."""


@dataclass(slots=True)
class Found:
    """Differences by name: places of known messages, of unknown ones by base name, rows that are missing."""

    moved: dict[int, str] = field(default_factory=dict)
    arrived: dict[str, str] = field(default_factory=dict)
    missing: set[int] = field(default_factory=set)


def differences(box: Box, view: View) -> Found:
    """Compare names. Files that are in the way of others (same base name, other bytes) are renamed."""
    listed, known = set(box.files.listing()), set(view.places)
    found = Found()
    fresh, lost = listed - known, known - listed
    if not fresh and not lost:
        return found
    rows = box.rows(view)
    found.missing = {rows[base_of(place)] for place in lost}
    _sort(box, view, fresh, found)
    if found.missing:
        again = box.files.listing()
        found.missing -= {rows[base_of(place)] for place in again if place in lost}
        _sort(box, view, [place for place in again if place not in known and place not in fresh], found)
    return found


def _sort(box: Box, view: View, fresh: Iterable[str], found: Found) -> None:
    rows = box.rows(view)
    for place in sorted(fresh):
        base = base_of(place)
        row = rows.get(base)
        if row is not None and row in found.missing:
            found.missing.discard(row)
            found.moved[row] = place
            continue
        other = found.arrived.get(base) if row is None else found.moved.get(row, view.places[row])
        if other is None:
            found.arrived[base] = place
        else:
            _twice(box, found, (row, base), other, place)


def _twice(box: Box, found: Found, which: tuple[int | None, str], other: str, place: str) -> None:
    """Two files with one base name: renamed while we listed, two links to one file, or really two."""
    row, base = which
    # In this order: if the first is still there after the second was, it was not renamed to it meanwhile.
    second = box.files.stat(place)
    first = box.files.stat(other)
    if second is None:
        return
    if first is None:
        if row is None:
            found.arrived[base] = place
        else:
            found.moved[row] = place
        return
    if (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino):
        # Or it would come back as a new message when this one is expunged.
        with contextlib.suppress(FileNotFoundError):
            box.files.unlink(place)
        return
    name = unique(box.files.clock)
    _, colon, info = place.partition(":")
    box.files.rename(place, name + colon + info)
    found.arrived[name] = name + colon + info


class Numbering:
    """Gives UIDs to base names; holds the uidlist as it is read, and what must be added to it."""

    def __init__(self, view: View, listed: UidList) -> None:
        self.view, self.listed = view, listed
        self.next = max(listed.uidnext, view.state.uidnext if view.uidvalidity else 1)
        self.added: list[tuple[int, str]] = []
        self._used: set[int] = set()

    def known(self, base: str) -> int:
        """The UID that the list has for a new message, 0 for none (or one that was expunged before)."""
        uid = self.listed.entries.get(base, (0, ""))[0]
        if uid in self._used or (self.view.uidvalidity and uid < self.view.state.uidnext):
            return 0
        self._used.add(uid)
        return uid

    def give(self, base: str) -> int:
        """A new UID. Raises ValueError when there are none left."""
        if self.next > uidlist.MAX_UID:
            raise ValueError("no UIDs left")
        uid = self.next
        self.next += 1
        self.added.append((uid, base))
        return uid


def arrivals(box: Box, places: dict[str, str], numbering: Numbering) -> list[Row]:
    """Rows of new messages, rising by UID."""
    now, found = int(box.files.clock.now()), []
    new: list[tuple[int, str, Row]] = []
    flags: dict[str, frozenset[bytes]] = {}
    for base, place in places.items():
        measured = _measured(box, base, place)
        if measured is None:
            continue
        size, date, saved = measured
        letters = letters_of(place)
        if letters not in flags:
            flags[letters] = flags_of(place, box.keywords)
        row = Row(numbering.known(base), place, flags[letters], size, date, min(saved, now), place.startswith(NEW))
        if row.uid:
            found.append(row)
        else:
            new.append((arrival(base), base, row))
    for _, base, row in sorted(new, key=lambda each: each[:2]):
        row.uid = numbering.give(base)
        found.append(row)
    found.sort(key=lambda row: row.uid)
    return found


def _measured(box: Box, base: str, place: str) -> tuple[int, int, int] | None:
    """(octets of the wire form, internal date, save date); None when it is gone or no plain file."""
    seen = box.files.stat(place)
    if seen is None:
        return None
    disk, wire = sizes(base)
    if wire is None or disk != seen.st_size or not disk <= wire <= 2 * disk or base in box.doubted:
        data = box.files.read(place)
        if data is None:
            return None
        wire = wire_size(data)
    return wire, int(seen.st_mtime), int(seen.st_ctime)


def reflagged(box: Box, view: View, found: Found, *, all_rows: bool) -> dict[int, frozenset[bytes]]:
    """New flags by UID of messages whose names say other ones; `all_rows`: letters mean something new."""
    places = dict(found.moved)
    if all_rows:
        for row, place in enumerate(view.places):
            if row not in places and row not in found.missing and any("a" <= each <= "z" for each in letters_of(place)):
                places[row] = place
    flags = {}
    for row, place in places.items():
        present = view.flags(row)
        unnamed = [each for each in present if each not in SYSTEM_FLAGS and box.keywords.letter(each) is None]
        told = flags_of(place, box.keywords).union(unnamed)
        if told != present:
            flags[view.state.uids[row]] = told
    return flags


def compared(view: View, rows: dict[str, int], listed: UidList) -> tuple[set[int], list[tuple[int, str]]]:
    """What somebody else's uidlist says of known messages: rows that got another UID, (uid, base) it does not list."""
    renumbered, unlisted = set(), []
    uids, uidnext = view.state.uids, view.state.uidnext
    for base, row in rows.items():
        uid = listed.entries.get(base, (0, ""))[0]
        if uid == uids[row]:
            continue
        if uid >= uidnext:
            renumbered.add(row)
        else:
            unlisted.append((uids[row], base))
    return renumbered, unlisted


def change_of(view: View, found: Found, look: Look, at: int) -> Change:
    """The part of a Change that needs no UIDs."""
    uids = view.state.uids
    return Change(
        places={uids[row]: place for row, place in found.moved.items()},
        gone=sorted(uids[row] for row in found.missing),
        stamp=look.stamp(at),
    )
