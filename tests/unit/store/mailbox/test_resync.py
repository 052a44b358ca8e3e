"""An index that is thrown away is made anew, also by those who had it open."""

from __future__ import annotations

import os
from pathlib import Path

from pymaster.model.mailplace import MAILDIR, MailPlace
from pymaster.store.mailbox.account import open_account
from pymaster.store.mailbox.contract import Account
from pymaster.store.mailbox.index import CACHE, INDEX, LOG
from pymaster.store.mailbox.resync import drop_index


def opened(root: Path) -> Account:
    path = str(root / "Maildir")
    for part in ("cur", "new", "tmp"):
        os.makedirs(f"{path}/{part}", exist_ok=True)
    return open_account(MailPlace("bob", os.geteuid(), os.getegid(), str(root), MAILDIR, path, path))


def add(account: Account, flags: list[bytes]) -> None:
    mailbox = account.open("INBOX")
    draft = mailbox.draft()
    draft.write(b"Subject: x\r\n\r\nbody\r\n")
    draft.finish()
    mailbox.append([(draft, flags)])
    mailbox.close()


def test_uids_and_flags_stay(tmp_path: Path) -> None:
    account = opened(tmp_path)
    add(account, [b"\\Seen"])
    add(account, [])
    running = account.open("INBOX")
    before = running.state
    drop_index(str(tmp_path / "Maildir"))
    assert not {INDEX, LOG, CACHE} & set(os.listdir(tmp_path / "Maildir"))
    other = opened(tmp_path)
    mailbox = other.open("INBOX")
    assert list(mailbox.state.uids) == list(before.uids)
    assert [mailbox.flags.text[n] for n in mailbox.state.flags] == [b"\\Seen", b""]
    assert mailbox.uidvalidity == running.uidvalidity
    # Modseqs only rise, and the session that had it open goes on.
    assert mailbox.state.highest > before.highest
    mailbox.store([2], "+", [b"\\Flagged"])
    state = running.refresh()
    assert running.flags.text[state.flags[1]] == b"\\Flagged"
    assert list(state.uids) == list(before.uids)
    for each in (mailbox, running):
        each.close()
    account.close()
    other.close()


def test_an_index_that_is_not_there(tmp_path: Path) -> None:
    drop_index(str(tmp_path))
    assert os.listdir(tmp_path) == []
