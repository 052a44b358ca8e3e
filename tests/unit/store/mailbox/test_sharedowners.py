"""Owners' accounts: opened once, replaced when the mail moved, a few kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from pymaster.model.mailplace import MailPlace
from pymaster.store.mailbox.account import open_account
from pymaster.store.mailbox.contract import Account, MailboxError
from pymaster.store.mailbox.sharedowners import KEPT, Owners
from pymaster.store.mailbox.shares import Shares
from tests.sharing import place_of


def test_an_account_is_opened_once_and_again_where_the_mail_is_now(tmp_path: Path) -> None:
    shares, opened = Shares(str(tmp_path)), list[MailPlace]()

    def opener(place: MailPlace) -> Account:
        opened.append(place)
        return open_account(place)

    owners = Owners(shares, ".", opener)
    place = place_of(tmp_path, "ann")
    place.special = "Sent=\\Sent"
    with pytest.raises(MailboxError):
        owners.get("ann")
    shares.publish(place, lambda: {"INBOX": {"bob": "lr"}})
    with pytest.raises(MailboxError):
        owners.get("ann")
    Path(place.inbox).mkdir()
    found = owners.get("ann")
    assert owners.get("ann") is found and [each.special for each in opened] == [""]
    moved = place_of(tmp_path, "ann")
    moved.inbox = moved.folders = str(tmp_path / "ann" / "New")
    Path(moved.inbox).mkdir()
    shares.publish(moved, lambda: {"INBOX": {"bob": "lr"}})
    found.used = 1
    assert owners.get("ann") is found
    found.used = 0
    assert owners.get("ann").place == moved
    shares.publish(moved, dict)
    with pytest.raises(MailboxError):
        owners.get("ann")
    owners.close()
    shares.close()


def test_few_are_kept(tmp_path: Path) -> None:
    shares = Shares(str(tmp_path))
    owners = Owners(shares, ".", open_account)
    for number in range(KEPT + 5):
        place = place_of(tmp_path, f"user{number}")
        Path(place.inbox).mkdir()
        shares.publish(place, lambda: {"INBOX": {"bob": "lr"}})
        owners.get(f"user{number}")
    assert list(owners._open) == [f"user{number}" for number in range(5, KEPT + 5)]
    owners.close()
    shares.close()


def test_names_of_another_separator_are_not_spoken_of(tmp_path: Path) -> None:
    shares = Shares(str(tmp_path))
    place = place_of(tmp_path, "ann", separator="/")
    Path(place.inbox).mkdir()
    shares.publish(place, lambda: {"INBOX": {"bob": "lr"}})
    with pytest.raises(MailboxError):
        Owners(shares, ".", open_account).get("ann")
    shares.close()
