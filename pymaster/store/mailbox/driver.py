"""driver - what a format of mail on disk (Maildir, mbox) must be able to do, for the mailbox that is common to all of them.

`indexed.IndexedMailbox` keeps columns, modseqs, history, digests and quota sums; a driver knows files. It answers two
questions, "may the disk have changed?" (`changed`) and "what is there?" (`scan`), and carries out what the mailbox decided
(`save`, `flag`, `remove`, `adopt`, `settle`). Every one of these but `changed` returns a Change, which the mailbox commits
to its index as one record. A driver keeps no copy of the columns: it is handed a View each time. What it must find again
for one message it writes in that message's *place*, for the mailbox as a whole in the *stamp*; both rest in the index,
are shared between processes, and may be lost at any time: then the next `scan` gets an empty View.

Calls marked L are made with the index's writer lock held, so no two of our processes are in one at a time; other programs
(mutt, procmail, Dovecot) are the driver's own business (dotlocks). UIDs must be on stable storage, in the format's own
control data, before a call that gave them out returns. Drivers raise OSError and MailboxError.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pymaster.store.mailbox.contract import Draft
from pymaster.store.mailbox.state import FlagTable, State


@dataclass(slots=True)
class View:
    """What the index knows. `places[n]` belongs to the n-th row of `state`; `table` interprets `state.flags`.

    `uidvalidity` 0 says that nothing is known (new mailbox, or the index was lost): the driver then trusts the UIDs in the
    format's own data. Else a message whose UID is below `state.uidnext` and has no row was expunged, and must get a new UID
    if it is there again. `stamp` is what the last Change said.
    """

    state: State
    table: FlagTable
    places: Sequence[str] = ()
    stamp: bytes = b""
    uidvalidity: int = 0
    mailbox_id: str = ""

    def flags(self, row: int) -> frozenset[bytes]:
        """The flags of a row."""
        return self.table.sets[self.state.flags[row]]


@dataclass(slots=True)
class Row:
    """A message that came. `place`: whatever finds it again, without NUL; `size`: octets of the wire form; `date`: internal
    date; `saved`: save date; both seconds since 1970. `recent`: nobody has seen it yet."""

    uid: int
    place: str
    flags: frozenset[bytes]
    size: int
    date: int
    saved: int
    recent: bool = True


@dataclass(slots=True)
class Change:
    """How the disk differs from a View (scan), or what a call did to it.

    `arrived` rising by UID, all above those in the View (a scan with an empty View: all there are). `flags` and `places`:
    new ones by UID, only of messages in the View. `gone`: UIDs. `stamp`: for `changed` from now on. `uidnext` 0: one above
    the largest UID. `uidvalidity` other than the View's (and not 0): nothing of the View holds any more.
    """

    arrived: list[Row] = field(default_factory=list)
    flags: dict[int, frozenset[bytes]] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)
    stamp: bytes = b""
    uidnext: int = 0
    uidvalidity: int = 0
    mailbox_id: str = ""


@dataclass(slots=True)
class Saving:
    """A finished draft of this driver on its way to `save`."""

    draft: Any
    flags: frozenset[bytes]


class DriverDraft(Draft, Protocol):
    """A message being written. `size` counts octets of the wire form as they come (exact after `finish`)."""

    date: int

    def wire(self) -> bytes:
        """The whole message in wire form, after `finish`."""


class Driver(Protocol):
    """One mailbox in some format, its files held open."""

    def changed(self, stamp: bytes) -> bool:
        """Whether a `scan` might find anything new since `stamp` (b"": yes). Cheap: a few stat calls, no lock.

        Raises MailboxError NONEXISTENT when the mailbox is gone.
        """

    def scan(self, view: View) -> Change:
        """L. Compare the disk with the view; new messages get UIDs. With an empty view everything has arrived."""

    def read(self, uid: int, place: str) -> bytes | None:
        """The message in wire form, None when it is not to be found. No lock, any thread."""

    def doubt(self, uid: int, place: str) -> None:
        """The message does not have the size that was told: somebody changed it. The mailbox drops the row; the next scan
        must measure the message itself before it gives it a new UID."""

    def identity(self, uid: int, place: str) -> str:
        """What names the message's bytes for the cache of digests, for ever: at most 255 characters."""

    def draft(self, date: int) -> DriverDraft:
        """Begin a message. No lock; `finish` may leave the flush to `save`, which flushes a batch at once."""

    def save(self, view: View, items: Sequence[Saving]) -> Change:
        """L. Make drafts messages, all or none; `arrived` in the order given. Durable on return."""

    def adopt(self, view: View, source: Driver, given: View, rows: Sequence[int], *, move: bool) -> Change | None:
        """L (both mailboxes). Bring rows of `given`, the view of another (or this) mailbox, here: all or none, same order,
        with flags and internal date; `move`: they are no longer there afterwards. None: it cannot be done here and now
        without copying bytes, and nothing was done: the mailbox then reads and saves.
        """

    def forget(self, view: View, rows: Sequence[int]) -> Change:
        """L. Rows that another driver's `adopt` took away: the Change (`gone`, new stamp) of this side."""

    def flag(self, view: View, wanted: Sequence[tuple[int, frozenset[bytes]]]) -> Change:
        """L. Give rows these flags (`(row, flags)`); a message that is not to be found is left out of `flags`."""

    def remove(self, view: View, rows: Sequence[int]) -> Change:
        """L. Remove messages, durably; `gone` also holds those that somebody else had removed."""

    def settle(self, view: View, rows: Sequence[int]) -> Change:
        """L. Rows are no longer recent (Maildir: new/ to cur/). Nothing to do is an empty Change with the view's stamp."""

    def uidl(self, uid: int) -> bytes | None:
        """POP3's unique id if one was saved in the format's own data."""

    def watched(self) -> list[str]:
        """Folders and files in which a change may mean news (for inotify)."""

    def close(self) -> None:
        """Give everything held back."""


class Layout(Protocol):
    """Where an account's mailboxes lie: names to files. `accountbase.StoredAccount` does the rest of an Account on it.

    Names are checked by `folders.check` before they come here. `validity` is set by the account: a new UIDVALIDITY, above
    all it ever had. Raises OSError and MailboxError.
    """

    validity: Callable[[], int]

    def names(self) -> tuple[set[str], set[str]]:
        """(mailboxes, mere levels that exist as such), INBOX among the first; at best one listing of a folder."""

    def exists(self, name: str) -> bool:
        """Whether the mailbox is there (not a mere level)."""

    def driver(self, name: str) -> Driver:
        """Open it. Raises MailboxError NONEXISTENT."""

    def index(self, name: str) -> str:
        """The folder (made if missing) for its index files; "" when it can have none."""

    def rights(self, name: str) -> str:
        """The folder of the mailbox's `dovecot-acl`."""

    def create(self, name: str) -> None:
        """Make it; parents that are missing become mere levels."""

    def delete(self, name: str) -> None:
        """Remove it with its index; mailboxes below it stay."""

    def rename(self, old: str, new: str) -> None:
        """Give it (never INBOX) a new name; `StoredAccount` calls this for each child itself."""

    def control(self) -> str:
        """The folder for the account's control files: subscriptions, special uses, annotations, rights, limits."""

    def watched(self) -> list[str]:
        """Folders in which a change may mean that mailboxes came or went."""

    def close(self) -> None:
        """Give everything held back."""
