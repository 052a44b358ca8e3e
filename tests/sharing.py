"""Accounts of users of one uid who share mailboxes, for tests: Maildirs below one folder."""

from __future__ import annotations

import os
from pathlib import Path

from pymaster.model.mailplace import MailPlace
from pymaster.store.mailbox.account import open_account
from pymaster.store.mailbox.sharedaccount import SharedAccount
from pymaster.store.mailbox.shares import Shares


def place_of(root: Path, user: str, *, format: str = "maildir", separator: str = ".", uid: int = -1) -> MailPlace:
    home = root / user
    home.mkdir(exist_ok=True)
    inbox, folders = ("Maildir", "Maildir") if format == "maildir" else ("inbox", "mail")
    return MailPlace(
        user, os.geteuid() if uid < 0 else uid, os.getegid(), str(home), format, str(home / inbox), str(home / folders),
        separator=separator,
    )  # fmt: skip


class House:
    """Users by name, each opened at most once unless asked `again`; with the one file that says who shares what."""

    def __init__(self, root: Path, *, format: str = "maildir", separator: str = ".") -> None:
        self.root, self.format, self.separator = root, format, separator
        self.directory = root / "shared"
        self.directory.mkdir(exist_ok=True)
        self.opened: list[SharedAccount] = []
        self.shares: list[Shares] = []

    def user(self, name: str) -> SharedAccount:
        """The account, as a process of its own would have it."""
        shares = Shares(str(self.directory))
        place = place_of(self.root, name, format=self.format, separator=self.separator)
        account = SharedAccount(open_account(place), place, shares, open_account)
        self.shares.append(shares)
        self.opened.append(account)
        return account

    def close(self) -> None:
        for account in self.opened:
            account.close()
        for shares in self.shares:
            shares.close()
