import pytest

from pymaster.proto.message.digest import CONTENT_ID
from pymaster.store.mailbox import reading
from pymaster.store.mailbox.maildirbox import MaildirBox
from pymaster.store.mailbox.reading import Reading
from tests.mailboxes import append, maildir_account, message


@pytest.fixture
def account(tmp_path):
    made = maildir_account(tmp_path)
    yield made
    made.close()


@pytest.fixture
def inbox(account):
    return account.open("INBOX")


def test_an_appended_message_is_digested_already(inbox, tmp_path, monkeypatch):
    append(inbox, message(1))
    other = maildir_account(tmp_path)
    again = other.open("INBOX")
    monkeypatch.setattr(Reading, "read", lambda *each: pytest.fail("read"))
    assert again.digest(1).size == len(message(1))
    other.close()


def test_a_copy_takes_its_digest_along(account, inbox, monkeypatch):
    account.create("Other")
    other = account.open("Other")
    append(inbox, message(1))
    inbox.copy([1], other)
    monkeypatch.setattr(Reading, "read", lambda *each: pytest.fail("read"))
    assert other.digest(1)[CONTENT_ID] == inbox.digest(1)[CONTENT_ID]


def test_prepare_digests_what_others_delivered(inbox, tmp_path, monkeypatch):
    for n in range(300):
        (tmp_path / f"Maildir/new/{n}.x").write_bytes(b"Subject: %d\n\nx\n" % n)
    inbox.refresh()
    inbox.prepare(list(range(0, 302)))
    monkeypatch.setattr(Reading, "read", lambda *each: pytest.fail("read"))
    assert all(inbox.digest(uid) is not None for uid in inbox.state.uids)


def test_a_damaged_cache_is_made_anew(inbox, tmp_path):
    append(inbox, message(1))
    (tmp_path / "Maildir/pymaster.cache").write_bytes(b"x" * 500)
    other = maildir_account(tmp_path)
    assert other.open("INBOX").digest(1).size == len(message(1))
    other.close()


def test_the_last_messages_are_kept(inbox, monkeypatch):
    append(inbox, message(1))
    assert inbox.read(1) == message(1)
    monkeypatch.setattr(MaildirBox, "read", lambda *each: pytest.fail("read"))
    assert inbox.read(1) == message(1)
    inbox.remove([1])
    assert inbox.read(1) is None


def test_digests_are_kept_within_bounds_and_let_go(account, monkeypatch):
    inbox = account.open("INBOX")
    uids = append(inbox, *[message(number) for number in range(6)])
    assert all(inbox.digests_of(uids)) and len(inbox._digests) == 6
    account.open("INBOX").close()
    assert len(inbox._digests) == 6, "somebody still has it open"
    inbox.close()
    assert not inbox._digests
    monkeypatch.setattr(reading, "KNOWN", 1)
    again = account.open("INBOX")
    assert all(again.digests_of(uids)) and len(again._digests) == 1
