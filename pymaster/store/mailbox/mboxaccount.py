"""mboxaccount - the mail of a user who keeps it in mbox files: INBOX in the spool, folders in a tree of files.

Subscriptions are in `.subscriptions` in the root of the folders, as Dovecot keeps them for mbox; the rest is as with Maildir.
"""

from __future__ import annotations

from pymaster.model.mailplace import MailPlace
from pymaster.store.mailbox.accountbase import StoredAccount
from pymaster.store.mailbox.contract import Entry
from pymaster.store.mailbox.folders import INBOX
from pymaster.store.mailbox.mboxfile import PATIENT
from pymaster.store.mailbox.mboxlayout import MboxLayout
from pymaster.store.mailbox.mboxuids import flush_folder
from pymaster.store.mboxlock import Locking
from pymaster.util.clock import SYSTEM, Clock


class MboxAccount(StoredAccount):
    """An account in mbox files."""

    # Seen from the folder of control files.
    subscriptions_file = "../.subscriptions"

    def __init__(self, place: MailPlace, clock: Clock = SYSTEM, locking: Locking = PATIENT) -> None:
        """`locking`: which locks, in which order, and how long to wait. Raises OSError."""
        layout = MboxLayout(place.inbox, place.folders, place.index, place.separator or ".", clock)
        layout.locking, self._root = locking, layout.root
        super().__init__(place, layout, "/", clock)

    def entries(self) -> list[Entry]:
        """Every name. A file cannot be a folder at the same time."""
        found = super().entries()
        for each in found:
            each.inferiors = each.name == INBOX or not each.selectable
        return found

    def subscribe(self, name: str, on: bool = True) -> None:
        """Change a subscription."""
        super().subscribe(name, on)
        flush_folder(self._root)
