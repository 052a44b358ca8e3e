"""account - opening a user's mail, whatever its format."""

from __future__ import annotations

from dataclasses import replace

from pymaster.model.mailplace import MBOX, MailPlace
from pymaster.store.mailbox.accountbase import StoredAccount
from pymaster.store.mailbox.contract import Account
from pymaster.store.mailbox.folders import INBOX
from pymaster.store.mailbox.maildirlayout import MaildirLayout
from pymaster.util.clock import SYSTEM, Clock


def open_account(place: MailPlace, clock: Clock = SYSTEM, methods: tuple[str, ...] = ("fcntl", "dotlock")) -> Account:
    """The account at a place, made if it is not there yet. `methods`: the locks of mbox files, in this order. Raises OSError."""
    if place.format == MBOX:
        from pymaster.store.mailbox.mboxaccount import MboxAccount
        from pymaster.store.mailbox.mboxfile import PATIENT

        mbox: Account = MboxAccount(place, clock, replace(PATIENT, methods=methods))
        return mbox
    return MaildirAccount(place, clock)


def index_place(place: MailPlace) -> str:
    """The folder of a Maildir INBOX's index files, for `deliveries.note_delivery`; nothing is made."""
    return f"{place.index.rstrip('/')}/{INBOX}" if place.index else place.inbox.rstrip("/")


class MaildirAccount(StoredAccount):
    """An account in Maildir++."""

    def __init__(self, place: MailPlace, clock: Clock = SYSTEM) -> None:
        """Raises OSError."""
        layout = MaildirLayout(place.inbox, place.index, place.separator or ".", clock)
        super().__init__(place, layout, ".", clock)
