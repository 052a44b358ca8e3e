import os
from dataclasses import replace

from pymaster.store.mailbox.account import MaildirAccount, index_place, open_account
from tests.mailboxes import maildir_place


def test_the_format_decides(tmp_path):
    place = maildir_place(tmp_path)
    account = open_account(place)
    assert isinstance(account, MaildirAccount) and [entry.name for entry in account.entries()] == ["INBOX"]
    account.close()
    mbox = open_account(replace(place, format="mbox", inbox=str(tmp_path / "spool"), folders=str(tmp_path / "mail")))
    assert not isinstance(mbox, MaildirAccount) and mbox.entries()[0].name == "INBOX"
    mbox.close()


def test_where_a_delivery_finds_the_index(tmp_path):
    for index in ("", str(tmp_path / "index/")):
        place = maildir_place(tmp_path, index=index)
        account = open_account(place)
        account.open("INBOX").refresh()
        assert os.path.exists(f"{index_place(place)}/pymaster.log")
        account.close()
