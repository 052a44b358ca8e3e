"""sharedowners - the accounts of those who share mailboxes with one user, open in that user's name, a few kept for later.

Only what `shares` says of an owner opens anything; the mail of somebody who is gone is not made anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from pymaster.model.mailplace import MAILDIR, MailPlace
from pymaster.store.mailbox.contract import Account, MailboxError
from pymaster.store.mailbox.reading import told
from pymaster.store.mailbox.shares import Shares

# Accounts that are kept open while nobody uses them.
KEPT = 8


@dataclass(slots=True)
class Owner:
    """Somebody else's account. `used`: how many mailboxes of it are open."""

    place: MailPlace
    account: Account
    used: int = 0


class Owners:
    """All of one user."""

    def __init__(self, shares: Shares, separator: str, opener: Callable[[MailPlace], Account]) -> None:
        self._shares, self._separator, self._opener = shares, separator, opener
        self._open: dict[str, Owner] = {}

    def get(self, user: str) -> Owner:
        """Somebody's account, opened if need be. Raises MailboxError NONEXISTENT when nothing is shared of it."""
        with told(user):
            owned = self._shares.read().owners.get(user)
            # An account whose names were written with another separator is not spoken of until its owner comes again.
            if owned is None or (owned.place.separator or ".") != self._separator:
                raise MailboxError("NONEXISTENT", "Mailbox doesn't exist")
            found = self._open.pop(user, None)
            if found is not None and found.place != owned.place and not found.used:
                found.account.close()
                found = None
            if found is None:
                found = self._opened(owned.place)
            # The one used last comes last.
            self._open[user] = found
            self._trim()
        return found

    def _opened(self, place: MailPlace) -> Owner:
        if not os.path.isdir(place.inbox if place.format == MAILDIR else place.folders):
            raise MailboxError("NONEXISTENT", "Mailbox doesn't exist")
        return Owner(place, self._opener(replace(place, special="")))

    def _trim(self) -> None:
        unused = [user for user, owner in self._open.items() if not owner.used]
        for user in unused[: max(len(unused) - KEPT, 0)]:
            self._open.pop(user).account.close()

    def close(self) -> None:
        """The last session left."""
        for owner in self._open.values():
            owner.account.close()
        self._open.clear()
