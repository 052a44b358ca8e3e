"""What is special about accounts of mbox files; the rest is in the contract's tests."""

import pytest

from pymaster.store.mailbox.account import open_account
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.mboxaccount import MboxAccount
from tests.mailboxes import append, mbox_account, mbox_place, message, shown


@pytest.fixture
def account(tmp_path):
    made = mbox_account(tmp_path)
    yield made
    made.close()


def test_the_place_says_what_it_is(tmp_path):
    made = open_account(mbox_place(tmp_path))
    assert isinstance(made, MboxAccount)
    made.close()


def test_subscriptions_are_where_dovecot_has_them(account, tmp_path):
    account.subscribe("lists/Größe")
    account.subscribe("sent")
    assert (tmp_path / "mail" / ".subscriptions").read_bytes() == b"V\t2\n\nlists\tGr&APYA3w-e\nsent\n"
    assert account.subscriptions() == ["lists/Größe", "sent"]
    account.subscribe("sent", on=False)
    assert account.subscriptions() == ["lists/Größe"]


def test_a_mailbox_has_no_children(account):
    account.create("A")
    account.create("B/C")
    for name in ("A/B", "B"):
        with pytest.raises(MailboxError) as caught:
            account.create(name)
        assert caught.value.code == "CANNOT"


def test_rename_of_a_level(account):
    account.create("A/B")
    account.create("A/C", ["\\Sent"])
    held = account.open("A/B")
    append(held, message(1))
    identity = held.mailbox_id
    account.rename("A", "X/Y")
    assert [entry.name for entry in account.entries()] == ["INBOX", "X", "X/Y", "X/Y/B", "X/Y/C"]
    assert account.open("X/Y/B") is held and held.read(1) == message(1)
    held.refresh()
    assert append(held, message(2)) == [2] and held.mailbox_id == identity
    assert account.entries()[-1].special == ("\\Sent",)


def test_delete_and_create_again(account):
    account.create("A")
    held = account.open("A")
    validity = held.uidvalidity
    account.delete("A")
    with pytest.raises(MailboxError):
        held.refresh()
    assert [entry.name for entry in account.entries()] == ["INBOX"]
    account.create("A")
    assert account.open("A").uidvalidity > validity


def test_the_index_may_be_lost_between_two_sessions(account, tmp_path):
    inbox = account.open("INBOX")
    append(inbox, message(1), message(2), flags=[b"\\Seen", b"Work"], date=1_600_000_000)
    inbox.remove([1])
    before, validity = shown(inbox), inbox.uidvalidity
    for path in (tmp_path / "mail" / ".imap" / "INBOX").iterdir():
        if path.name != "pymaster.uids":
            path.unlink()
    again = mbox_account(tmp_path)
    assert shown(again.open("INBOX")) == before and again.open("INBOX").uidvalidity == validity
    assert append(again.open("INBOX"), message(3)) == [3]
    again.close()
