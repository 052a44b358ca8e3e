"""contract - what a mail store is to those who serve it: an account with its mailboxes, a mailbox with its messages.

Plain blocking calls without gevent. Two stand behind it: `memory` (the model, for tests) and the stores on disk (Maildir++
and mbox, one index). All callers of one mailbox in one process share one object, and at most one of them at a time is in a
call of the account, or in one that changes or refreshes a mailbox (the callers take turns); `state` may be read at any time, by any thread.

Refusals are MailboxError with an RFC 5530 code. A promise (append, copy, expunge returned) is on stable storage.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pymaster.proto.message.digest import Digest
from pymaster.store.mailbox.state import FlagTable, State


class MailboxError(Exception):
    """A refusal that the client is told. `code` is a response code of RFC 5530 or 3501 (`NONEXISTENT`, `ALREADYEXISTS`,
    `CANNOT`, `NOPERM`, `LIMIT`, `OVERQUOTA`, `INUSE`, `TRYCREATE`, `EXPUNGEISSUED`, `SERVERBUG`, `UNAVAILABLE`), "" for none.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


@dataclass(slots=True)
class Entry:
    """One name in the tree of mailboxes. `selectable` is False for a level that is only the parent of others;
    `special` holds special-use attributes (`\\\\Sent`); `marked` whether new mail came since it was last selected (None:
    not known); `inferiors` whether there can ever be something below it."""

    name: str
    selectable: bool = True
    children: bool = False
    special: tuple[str, ...] = ()
    marked: bool | None = None
    inferiors: bool = True


@dataclass(slots=True)
class Counts:
    """What STATUS tells. `size` in octets of the wire form, `deleted_size` of those with \\\\Deleted."""

    messages: int = 0
    recent: int = 0
    unseen: int = 0
    deleted: int = 0
    size: int = 0
    deleted_size: int = 0
    uidnext: int = 1
    uidvalidity: int = 1
    highest: int = 1
    mailbox_id: str = ""


@dataclass(slots=True)
class Usage:
    """Quota of the account's one root: used and limit (0: none), storage in octets."""

    storage: int = 0
    storage_limit: int = 0
    messages: int = 0
    messages_limit: int = 0


@dataclass(slots=True)
class Flagged:
    """What STORE did: the UIDs it changed (or found as wanted already), those that UNCHANGEDSINCE kept it from."""

    state: State
    changed: list[int] = field(default_factory=list)
    modified: list[int] = field(default_factory=list)


class Draft(Protocol):
    """A message that is being written; invisible until `Mailbox.append`."""

    size: int

    def write(self, block: bytes) -> None:
        """More of the wire form, cut anywhere; bare LF is taken for a line end. Raises OSError, MailboxError (OVERQUOTA)."""

    def finish(self) -> None:
        """All is written: flush it to stable storage (may run in a thread)."""

    def abandon(self) -> None:
        """It is not wanted; never raises."""


class Mailbox(Protocol):
    """One mailbox, opened. `flags` interprets State.flags; `mailbox_id` is kept by RENAME (RFC 8474). `rights`: what the
    account's user may do with it (RFC 4314); all, where it is the user's own."""

    name: str
    state: State
    flags: FlagTable
    uidvalidity: int
    mailbox_id: str
    read_only: bool
    rights: frozenset[str]

    def refresh(self) -> State:
        """Look at the disk (cheap when nothing changed) and return the newest state. Raises MailboxError when it is gone."""

    def stale(self) -> bool:
        """Whether `refresh` may find much to do; if not, it costs a few system calls. Raises MailboxError when it is gone."""

    def claim_recent(self) -> set[int]:
        """The UIDs that are \\\\Recent for whoever calls first: each is given to one caller only (SELECT, not EXAMINE)."""

    def recent_count(self) -> int:
        """How many nobody has claimed yet."""

    def draft(self, date: int | None = None) -> Draft:
        """Begin a message with internal date `date` (seconds; None: now)."""

    def append(self, drafts: Sequence[tuple[Draft, Iterable[bytes]]]) -> list[int]:
        """Make finished drafts messages with these flags, all or none; their UIDs in order."""

    def store(
        self, uids: Sequence[int], operation: str, flags: Iterable[bytes], unchanged_since: int | None = None
    ) -> Flagged:
        """Change flags; `operation` is `+`, `-` or `=`. UIDs that are gone are left out. MailboxError LIMIT: keywords."""

    def expunge(self, uids: Sequence[int] | None = None) -> list[int]:
        """Remove messages with \\\\Deleted (only among `uids` if given); the UIDs that went, rising."""

    def remove(self, uids: Sequence[int]) -> list[int]:
        """Remove these messages whatever their flags (POP3, REPLACE); the UIDs that went."""

    def copy(self, uids: Sequence[int], target: Mailbox, *, move: bool = False) -> list[tuple[int, int]]:
        """Copy messages with flags, internal date and content id, all or none; (uid here, uid there) in order."""

    def digest(self, uid: int) -> Digest | None:
        """The message's digest, made now if need be; None when the message is gone."""

    def prepare(self, uids: Sequence[int]) -> None:
        """See to it that `digest` of these is at hand: may parse many messages, so callers run it in a thread."""

    def digests_of(self, uids: Sequence[int]) -> list[Digest | None]:
        """The digests of these, made now where they are missing: `prepare` and `digest` in one, to be run in a thread too."""

    def read(self, uid: int) -> bytes | None:
        """The whole message in wire form; None when it is gone. Its length is the State's size of it."""

    def vanished(self, since: int) -> list[tuple[int, int]] | None:
        """Runs of UIDs expunged after modseq `since` (QRESYNC); None when the log does not reach back so far."""

    def uidl(self, uid: int) -> bytes:
        """POP3's unique id: the saved one (`P` in dovecot-uidlist) or Dovecot's default form: UID and UIDVALIDITY, eight lower-case hex digits each (what its `%08Xu%08Xv` writes)."""

    def counts(self) -> Counts:
        """STATUS of the newest state."""

    def watched(self) -> list[str]:
        """Folders and files in which a change may mean news (for inotify)."""

    def close(self) -> None:
        """Once for each `Account.open`: one who opened it has left."""


class Account(Protocol):
    """One user's mailboxes. Names are text with `separator` between levels; INBOX in capitals. `shared`: what names of other
    users' mailboxes begin with (see `sharedaccount`), "" where there are none."""

    separator: str
    user: str
    shared: str

    def entries(self) -> list[Entry]:
        """Every mailbox and parent level, INBOX first, the others sorted."""

    def open(self, name: str) -> Mailbox:
        """The mailbox; every call for a name returns the same object, and wants one `close`. Raises MailboxError
        NONEXISTENT."""

    def opened(self, name: str) -> bool:
        """Whether `open` has the mailbox at hand already."""

    def counts(self, name: str) -> Counts:
        """STATUS without opening it for good."""

    def create(self, name: str, special: Sequence[str] = ()) -> str:
        """Make a mailbox and its missing parents; its mailbox id. Raises MailboxError ALREADYEXISTS, CANNOT, USEATTR."""

    def delete(self, name: str) -> None:
        """Remove it; with children it becomes a mere level. Raises MailboxError."""

    def rename(self, old: str, new: str) -> None:
        """Rename with all children; INBOX moves its messages instead. Raises MailboxError."""

    def subscriptions(self) -> list[str]:
        """Subscribed names, also of mailboxes that are gone."""

    def subscribe(self, name: str, on: bool = True) -> None:
        """Add or remove a subscription; durable."""

    def usage(self) -> Usage:
        """Quota."""

    def set_quota(self, storage: int, messages: int) -> None:
        """Set limits (0: none). Raises MailboxError NOPERM where they are configured."""

    def metadata(self, name: str) -> dict[str, bytes]:
        """RFC 5464 entries (lower-case names) of a mailbox, or of the server with name ""."""

    def set_metadata(self, name: str, values: dict[str, bytes | None]) -> None:
        """Set entries, None removes; all or none. Raises MailboxError."""

    def acl(self, name: str) -> dict[str, str]:
        """RFC 4314 rights by identifier; the owner's entry is there."""

    def set_acl(self, name: str, identifier: str, rights: str | None) -> None:
        """Set or (None) remove an identifier's rights. Raises MailboxError."""

    def watched(self) -> list[str]:
        """Folders in which a change may mean that mailboxes came or went."""

    def close(self) -> None:
        """The last session left."""
