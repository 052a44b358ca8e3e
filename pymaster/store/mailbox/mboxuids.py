"""mboxuids - which UID a message of an mbox has, and how it is made sure that none is given twice.

The index knows each message by its bytes (`Seen.key`), so UIDs survive whatever other programs do to the file: headers
rewritten, messages deleted, moved or restored. X-UID is believed only where the index cannot know better: after the loss
of the index, or for what was stored by one of us that died before it could tell. Then it must rise from message to message
and not pass the last UID given, which is the greatest of what the index, the note and X-IMAPbase say.

X-IMAPbase is believed when its UIDVALIDITY is ours, or when nobody has served this file before and it is plausible. So a
message that brings such headers changes nothing: at worst, in a mailbox never served before, it chooses the first numbers.

The note (`pymaster.uids` beside the index, durable) keeps UIDVALIDITY, the last UID, and the mailbox's id, so that a file
that is only read is not written to.
"""

from __future__ import annotations

import os
import re
import secrets
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from pymaster.store.mailbox.driver import View
from pymaster.store.mailbox.mboxheaders import MAX_UID, Base
from pymaster.store.mailbox.mboxmessage import Seen
from pymaster.store.mailbox.plainfile import open_in

NOTE = "pymaster.uids"
# A base that somebody else wrote is plausible up to here; one of ours is ahead of the index by no more than this.
MOST, AHEAD = (1 << 31) - 1, 1 << 20
# A UIDVALIDITY lies no further (seconds) in the future.
DAY = 86400
_NOTE = re.compile(rb"([0-9]{1,10}) ([0-9]{1,10}) ([0-9a-f]{32})\n")


@dataclass(slots=True)
class Note:
    """What the note says; `validity` 0: there is none."""

    validity: int = 0
    last: int = 0
    mailbox_id: str = ""


def read_note(folder: str) -> Note:
    """The note of a mailbox; an unreadable one is none. Raises OSError for what is not about its content."""
    try:
        fd = open_in(folder, NOTE, os.O_RDONLY)
    except FileNotFoundError:
        return Note()
    try:
        found = _NOTE.fullmatch(os.read(fd, 100))
    finally:
        os.close(fd)
    if not found or not 0 < int(found[1]) <= MAX_UID or int(found[2]) >= MAX_UID:
        return Note()
    return Note(int(found[1]), int(found[2]), found[3].decode("ascii"))


def write_note(folder: str, note: Note) -> None:
    """Keep it, durably; raises OSError. It is less than a sector, so once it is there it is written over."""
    fd = open_in(folder, NOTE, os.O_WRONLY | os.O_CREAT)
    try:
        made = os.fstat(fd).st_size == 0
        os.pwrite(fd, b"%010d %010d %s\n" % (note.validity, note.last, note.mailbox_id.encode("ascii")), 0)
        os.fdatasync(fd)
    finally:
        os.close(fd)
    if made:
        flush_folder(folder)


def flush_folder(folder: str) -> None:
    """Make the names in a folder durable."""
    dir_fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(dir_fd)
    finally:
        os.close(dir_fd)


def new_id() -> str:
    """A mailbox id."""
    return secrets.token_hex(16)


def agreed(view: View, note: Note, file: Base | None, now: float) -> Note:
    """What holds for the mailbox: validity (0: a new one must be chosen, all UIDs are new), last UID, id ("" likewise)."""
    found = _agreed(view, note, file, now)
    # Long before the last UID is given all begin anew.
    return found if found.last < MAX_UID - AHEAD else Note(0, 0, found.mailbox_id)


def _agreed(view: View, note: Note, file: Base | None, now: float) -> Note:
    if view.uidvalidity:
        last = view.state.uidnext - 1
        if note.validity == view.uidvalidity:
            last = max(last, note.last)
        if file and file.validity == view.uidvalidity and file.last <= last + AHEAD:
            last = max(last, file.last)
        return Note(view.uidvalidity, last, view.mailbox_id or note.mailbox_id)
    if note.validity:
        same = file and file.validity == note.validity and file.last <= note.last + MOST
        return Note(note.validity, max(note.last, file.last) if file and same else note.last, note.mailbox_id)
    if file and file.last <= MOST and file.validity <= now + DAY:
        return Note(file.validity, file.last, note.mailbox_id)
    return Note(0, 0, note.mailbox_id)


@dataclass(slots=True)
class Given:
    """Who is who: `rows[n]` is the row of the view that the n-th message is, -1 for a new one, whose UID is `uids[n]`."""

    rows: list[int]
    uids: list[int]
    last: int
    gone: list[int] = field(default_factory=list)


def assign(seen: Sequence[Seen], view: View, rows: Sequence[int], last: int) -> Given:
    """Find the messages of the file among these rows of the view, and give UIDs to the others."""
    keys = {row: key_of(view.places[row]) for row in rows}
    given = Given([-1] * len(seen), [0] * len(seen), last)
    left = dict.fromkeys(rows)
    for n, each in enumerate(seen):
        row = view.state.position(each.meta.uid) if each.meta.uid else -1
        if row in left and keys[row] == each.key:
            given.rows[n] = row
            del left[row]
    by_key: dict[str, deque[int]] = defaultdict(deque)
    for row in left:
        by_key[keys[row]].append(row)
    for n, each in enumerate(seen):
        if given.rows[n] < 0 and by_key.get(each.key):
            row = given.rows[n] = by_key[each.key].popleft()
            del left[row]
    given.gone = [view.state.uids[row] for row in left]
    _number(seen, view, given)
    return given


def _number(seen: Sequence[Seen], view: View, given: Given) -> None:
    most, limit = view.state.uidnext - 1 if view.uidvalidity else 0, given.last
    for n, each in enumerate(seen):
        if given.rows[n] >= 0:
            given.uids[n] = view.state.uids[given.rows[n]]
        elif most < each.meta.uid <= limit:
            most = given.uids[n] = each.meta.uid
    for n in range(len(seen)):
        if not given.uids[n]:
            given.last += 1
            given.uids[n] = given.last


def place_of(start: int, end: int, key: str) -> str:
    """Where a message is, for the index."""
    return f"{start:x}.{end - start:x}.{key}"


def parse_place(place: str) -> tuple[int, int, str]:
    """The beginning, the end and the key; a place that is none gives a message of no bytes."""
    parts = place.split(".")
    try:
        start, size = int(parts[0], 16), int(parts[1], 16)
        return start, start + size, parts[2]
    except (ValueError, IndexError):
        return 0, 0, ""


def key_of(place: str) -> str:
    """The key of a place."""
    return place.rpartition(".")[2]
