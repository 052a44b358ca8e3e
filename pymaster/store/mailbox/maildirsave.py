"""maildirsave - messages put into a Maildir: APPEND from tmp/, COPY by hard link, MOVE by rename.

The order is what makes a UID safe: bytes and the uidlist's line are on stable storage before the name appears, the name
is before the UID is told. A crash between leaves UIDs that are skipped, or a message at one place that has its UID
already; a MOVE is one rename, so the message is here or there and never nowhere.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pymaster.store.mailbox import uidlist
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.dotlock import dotlock
from pymaster.store.mailbox.driver import Change, Row, Saving, View
from pymaster.store.mailbox.maildirdraft import MaildirDraft
from pymaster.store.mailbox.maildirfiles import of_stamp
from pymaster.store.mailbox.maildirname import NEW, base_of, letters_for, sizes, unique
from pymaster.store.mailbox.pursuit import Pursuit

if TYPE_CHECKING:
    from pymaster.store.mailbox.maildirbox import MaildirBox

# A link or rename that cannot be: other file system, too many links, no links there.
_OTHER_WAY = (errno.EXDEV, errno.EMLINK, errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP)


def place_for(box: MaildirBox, base: str, flags: frozenset[bytes]) -> str:
    """Where a new message goes: without flags to new/, so that other programs see it as new."""
    letters = "".join(sorted(letters_for(flags, box.keywords)))
    return f"{base}:2,{letters}" if flags else NEW + base


def _reserve(box: MaildirBox, view: View, bases: Sequence[str], flush: Callable[[list[int]], None]) -> list[int]:
    """UIDs for new base names, on stable storage in the uidlist. The lock is held."""
    first, seen = view.state.uidnext, of_stamp(view.stamp)
    if seen is None or seen[0].uidlist != box.files.look().uidlist:
        # Somebody else gave UIDs out since the mailbox was looked at.
        try:
            listed = uidlist.load(box.files.root)
        except ValueError:
            listed = None
        if listed is None or listed.uidvalidity != view.uidvalidity:
            raise MailboxError("UNAVAILABLE", "Mailbox changed, try again")
        first = max(first, listed.uidnext)
    if first + len(bases) - 1 > uidlist.MAX_UID:
        raise MailboxError("LIMIT", "Mailbox has no UIDs left")
    uids = list(range(first, first + len(bases)))
    uidlist.append(box.files.root, list(zip(uids, bases, strict=True)), flush)
    return uids


def save(box: MaildirBox, view: View, items: Sequence[Saving]) -> Change:
    """Make drafts messages, all or none."""
    drafts: list[MaildirDraft] = [item.draft for item in items]
    if any(draft.fd < 0 for draft in drafts):
        raise MailboxError("SERVERBUG", "Message was abandoned")
    before = box.own(view)
    box.learn({item.flags for item in items})
    bases = [draft.name() for draft in drafts]

    def flush(fds: list[int]) -> None:
        box.files.flusher.flush([draft.fd for draft in drafts] + fds)

    with dotlock(box.files.root, uidlist.LOCK):
        uids = _reserve(box, view, bases, flush)
    places = [place_for(box, base, item.flags) for base, item in zip(bases, items, strict=True)]
    pairs = list(zip(drafts, places, strict=True))
    _all_or_none([(partial(_publish, box, *pair), partial(_publish, box, *pair, back=True)) for pair in pairs])
    box.files.flush(places)
    now, rows = int(box.files.clock.now()), []
    for uid, place, item, draft in zip(uids, places, items, drafts, strict=True):
        rows.append(Row(uid, place, item.flags, draft.size, draft.date, now))
        draft.close()
    return Change(arrived=rows, stamp=box.stamped(view, before))


def _publish(box: MaildirBox, draft: MaildirDraft, place: str, *, back: bool = False) -> None:
    folder, name = box.files.at(place)
    if back:
        os.rename(name, draft.base, src_dir_fd=folder, dst_dir_fd=draft.files.tmp)
    else:
        os.rename(draft.base, name, src_dir_fd=draft.files.tmp, dst_dir_fd=folder)


def adopt(
    box: MaildirBox, view: View, source: MaildirBox, given: tuple[View, Sequence[int]], *, move: bool
) -> Change | None:
    """Link or rename files of another Maildir here, all or none; None when the file system will not."""
    there, rows = given
    pursuit = Pursuit(source.files)
    found = [_present(source, pursuit, there.places[row]) for row in rows]
    flags = [there.flags(row) for row in rows]
    before, source.leaving = box.own(view), source.own(there)
    box.learn(set(flags))
    bases = [_copy_name(box, place, size) for place, size in found]
    with dotlock(box.files.root, uidlist.LOCK):
        uids = _reserve(box, view, bases, box.files.flusher.flush)
    places = [place_for(box, base, each) for base, each in zip(bases, flags, strict=True)]
    steps = [_Step(source, box, pursuit, old, new, move) for (old, _), new in zip(found, places, strict=True)]
    try:
        _all_or_none([(step.do, step.undo) for step in steps])
    except OSError as exc:
        if exc.errno in _OTHER_WAY:
            return None
        raise
    touched = box.files.folders(places)
    if move:
        touched += source.files.folders([step.old for step in steps])
    box.files.flusher.flush(touched)
    now = int(box.files.clock.now())
    arrived = [
        Row(uid, place, each, there.state.sizes[row], there.state.dates[row], now)
        for uid, place, each, row in zip(uids, places, flags, rows, strict=True)
    ]
    return Change(arrived=arrived, stamp=box.stamped(view, before))


def _present(source: MaildirBox, pursuit: Pursuit, place: str) -> tuple[str, int]:
    """(place, octets) of a message's file, wherever it is by now."""
    sizes_seen: list[int] = []

    def take(at: str) -> None:
        seen = source.files.stat(at)
        if seen is None:
            raise FileNotFoundError
        sizes_seen.append(seen.st_size)

    found = pursuit.act(place, take)
    if found is None:
        raise _gone()
    return found, sizes_seen[-1]


def _gone() -> MailboxError:
    return MailboxError("EXPUNGEISSUED", "Some of the messages no longer exist")


def _copy_name(box: MaildirBox, place: str, size: int) -> str:
    _, wire = sizes(base_of(place))
    told = f",W={wire}" if wire is not None else ""
    return f"{unique(box.files.clock)},S={size}{told}"


@dataclass(slots=True)
class _Step:
    """One message on its way from `old`, wherever that is by now, to `new`."""

    source: MaildirBox
    target: MaildirBox
    pursuit: Pursuit
    old: str
    new: str
    move: bool

    def do(self) -> None:
        found = self.pursuit.act(self.old, self._carry)
        if found is None:
            raise _gone()
        self.old = found

    def _carry(self, place: str) -> None:
        (here, name), (there, other) = self.source.files.at(place), self.target.files.at(self.new)
        if self.move:
            os.rename(name, other, src_dir_fd=here, dst_dir_fd=there)
        else:
            os.link(name, other, src_dir_fd=here, dst_dir_fd=there, follow_symlinks=False)

    def undo(self) -> None:
        there, other = self.target.files.at(self.new)
        if self.move:
            here, name = self.source.files.at(self.old)
            os.rename(other, name, src_dir_fd=there, dst_dir_fd=here)
        else:
            os.unlink(other, dir_fd=there)


def _all_or_none(steps: Sequence[tuple[Callable[[], None], Callable[[], None]]]) -> None:
    """Do all of (do, undo); when one fails undo those that were done."""
    done: list[Callable[[], None]] = []
    try:
        for do, undo in steps:
            do()
            done.append(undo)
    except (OSError, MailboxError):
        for undo in reversed(done):
            undo()
        raise
