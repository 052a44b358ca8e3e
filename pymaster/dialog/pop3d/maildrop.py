"""maildrop - the messages of one POP3 session: INBOX as it was at login, numbered from 1 (RFC 1939 section 5).

A message that is marked for deletion keeps its number and is not counted. Sizes come from the index; the answers to LIST
and UIDL are made once and kept until a mark changes.
"""

from __future__ import annotations

from pymaster.dialog.pop3d.settings import Settings
from pymaster.proto.message.digest import CONTENT_ID, HEADER
from pymaster.proto.pop3 import uidl
from pymaster.store.mailbox.contract import Mailbox
from pymaster.store.mailbox.state import SEEN


class Maildrop:
    """Numbers are those of the client, from 1."""

    def __init__(self, mailbox: Mailbox, settings: Settings) -> None:
        """The mailbox's newest state; messages that POP3 deleted before (pop3_deleted_flag) are not in it."""
        self.mailbox, self.settings = mailbox, settings
        state = mailbox.state
        rows = range(len(state))
        if settings.deleted_flag:
            hidden = mailbox.flags.having(settings.deleted_flag)
            rows_kept = [row for row in rows if state.flags[row] not in hidden]
            self.uids = [state.uids[row] for row in rows_kept]
            self.sizes = [state.sizes[row] for row in rows_kept]
            flags = [state.flags[row] for row in rows_kept]
        else:
            self.uids, self.sizes, flags = list(state.uids), list(state.sizes), list(state.flags)
        seen = mailbox.flags.having(SEEN)
        # Numbers of messages that were read before; of those that this session read; of those marked for deletion.
        self.old = {number for number, flag in enumerate(flags, 1) if flag in seen}
        self.read: set[int] = set()
        self.deleted: set[int] = set()
        self.octets = self.whole = sum(self.sizes)
        self._list = self._uidl = b""
        self._ids: list[bytes] = []

    def __len__(self) -> int:
        return len(self.uids)

    @property
    def count(self) -> int:
        """How many messages are not marked for deletion."""
        return len(self.uids) - len(self.deleted)

    def delete(self, number: int) -> None:
        """Mark for deletion."""
        self.deleted.add(number)
        self.octets -= self.sizes[number - 1]
        self._list = self._uidl = b""

    def undelete(self) -> None:
        """Take all marks off."""
        if self.deleted:
            self.deleted.clear()
            self.octets = self.whole
            self._list = self._uidl = b""

    def listing(self) -> bytes:
        """The lines of LIST."""
        if not self._list:
            self._list = self._lines(self.sizes, b"%d %d\r\n")
        return self._list

    def uidl_listing(self) -> bytes:
        """The lines of UIDL; the first time it may have to look at many messages, so in a thread."""
        if not self._uidl:
            self._uidl = self._lines(self.ids(), b"%d %b\r\n")
        return self._uidl

    def _lines(self, values: list[int] | list[bytes], form: bytes) -> bytes:
        if not self.deleted:
            return b"".join([form % pair for pair in enumerate(values, 1)])
        deleted = self.deleted
        return b"".join([form % pair for pair in enumerate(values, 1) if pair[0] not in deleted])

    @property
    def ids_made(self) -> bool:
        """Whether the unique ids are at hand."""
        return len(self._ids) == len(self.uids)

    def ids(self) -> list[bytes]:
        """The unique ids of all messages, made once."""
        if not self.ids_made:
            made = [self._id(uid) for uid in self.uids]
            self._ids = uidl.renamed(made) if self.settings.rename_duplicates else made
        return self._ids

    def _id(self, uid: int) -> bytes:
        kept, form = self.mailbox.uidl(uid), self.settings.uidl
        validity = self.mailbox.uidvalidity
        if form is None or kept != b"%08x%08x" % (uid, validity):
            # An id that another server gave and the store kept comes before any form.
            return uidl.fit(kept)
        content = md5 = b""
        if "g" in form.variables or "m" in form.variables:
            digest = self.mailbox.digest(uid)
            if digest is not None:
                content, md5 = digest[CONTENT_ID].hex().encode(), uidl.received_md5(digest[HEADER])
        return form.value(uid, validity, content, md5)
