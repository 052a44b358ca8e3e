import os

import pytest

from pymaster.store.mailbox.accountbase import parse_quota
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.maildirfiles import MaildirFiles
from tests.mailboxes import append, maildir_account, message

BAD = [
    "../x",
    "/etc/passwd",
    "a..b",
    "",
    ".",
    "..",
    "~root",
    "a/../../b",
    "x\0y",
    "cur",
    "\ud800",
    "a" * 5000,
    "INBOX/../x",
]


@pytest.fixture
def account(tmp_path):
    made = maildir_account(tmp_path)
    yield made
    made.close()


def test_special_mailboxes_are_made_once(tmp_path):
    special = r"Sent=\Sent, Old.Drafts=\Drafts,Bad/Name=\Junk,nonsense"
    account = maildir_account(tmp_path, special=special)
    entries = {entry.name: entry for entry in account.entries()}
    assert list(entries) == ["INBOX", "Old", "Old.Drafts", "Sent"] and entries["Sent"].special == (r"\Sent",)
    assert account.subscriptions() == ["Sent", "Old.Drafts"]
    account.delete("Sent")
    account.close()
    again = maildir_account(tmp_path, special=special)
    assert "Sent" not in [entry.name for entry in again.entries()], "who deletes it does not want it"
    again.close()


def test_a_mailbox_that_is_there_already_gets_the_use(tmp_path):
    account = maildir_account(tmp_path)
    account.create("Sent")
    account.close()
    again = maildir_account(tmp_path, special=r"Sent=\Sent,Sent Items=\Sent")
    assert {entry.name: entry.special for entry in again.entries()}["Sent"] == (r"\Sent",)
    with pytest.raises(MailboxError):
        again.create("More", [r"\Sent"])
    again.close()


@pytest.mark.parametrize("name", BAD, ids=repr)
def test_names_that_lead_elsewhere(account, tmp_path, name):
    before = sorted(os.listdir(tmp_path)), sorted(os.listdir(tmp_path / "Maildir"))
    for call in (
        lambda: account.create(name), lambda: account.rename("INBOX", name), lambda: account.delete(name),
        lambda: account.open(name), lambda: account.counts(name), lambda: account.acl(name),
        lambda: account.subscribe(name), lambda: account.rename(name, "fine"),
    ):  # fmt: skip
        with pytest.raises(MailboxError):
            call()
    with pytest.raises(MailboxError):
        account.set_metadata(name or "..", {"/private/x": b""})
    after = sorted(os.listdir(tmp_path)), sorted(os.listdir(tmp_path / "Maildir"))
    assert (before[0], [each for each in after[1] if each != "pymaster.lock"]) == (after[0], before[1])


def test_twins_in_another_unicode_form(account):
    account.create("\u00e9")
    with pytest.raises(MailboxError):
        account.create("e\u0301")


def test_trailing_separator(account):
    account.create("A.")
    assert account.open("A").name == "A"


def test_inbox_in_any_case(account):
    assert account.open("inbox") is account.open("INBOX")
    account.create("inbox.Sub")
    assert account.open("INBOX.Sub").name == "INBOX.Sub"


def test_counts_come_from_the_index(account, tmp_path, monkeypatch):
    account.create("A")
    append(account.open("A"), message(1), message(2))
    other = maildir_account(tmp_path)
    other.counts("A")
    monkeypatch.setattr(MaildirFiles, "listing", lambda *each: pytest.fail("scanned"))
    counts = maildir_account(tmp_path).counts("A")
    assert (counts.messages, counts.uidnext) == (2, 3) and counts.mailbox_id == account.open("A").mailbox_id
    monkeypatch.undo()
    (tmp_path / "Maildir/.A/new/9.x").write_bytes(b"x\n")
    assert other.counts("A").messages == 3
    other.close()


def test_configured_quota(tmp_path):
    account = maildir_account(tmp_path, quota="storage=100:messages=1")
    assert account.limits() == (100, 1)
    with pytest.raises(MailboxError) as caught:
        account.set_quota(1, 1)
    assert caught.value.code == "NOPERM"
    append(account.open("INBOX"), b"x\r\n")
    with pytest.raises(MailboxError) as caught:
        account.open("INBOX").draft()
    assert caught.value.code == "OVERQUOTA"
    account.close()
    assert parse_quota("") is None and parse_quota("messages=5") == (0, 5)


def test_quota_counts_what_nobody_opened(account, tmp_path):
    account.create("A")
    (tmp_path / "Maildir/.A/new/1.x").write_bytes(b"x\n")
    for name in ("index", "log"):
        (tmp_path / f"Maildir/.A/pymaster.{name}").unlink()
    other = maildir_account(tmp_path)
    assert other.usage().storage == 3
    other.close()


def test_a_failed_rename_is_undone(account, monkeypatch):
    for name in ("A", "A.B", "A.C"):
        account.create(name)
    real, calls = account._layout.rename, []

    def rename(old, new):
        calls.append(old)
        if len(calls) == 2:
            raise OSError(5, "Input/output error")
        real(old, new)

    monkeypatch.setattr(account._layout, "rename", rename)
    with pytest.raises(MailboxError):
        account.rename("A", "Z")
    assert [entry.name for entry in account.entries()] == ["INBOX", "A", "A.B", "A.C"]


def test_a_rename_in_another_process(account, tmp_path):
    account.create("A")
    held = account.open("A")
    append(held, message(1))
    other = maildir_account(tmp_path)
    other.rename("A", "B")
    with pytest.raises(MailboxError) as caught:
        held.refresh()
    assert caught.value.code == "NONEXISTENT"
    assert other.open("B").read(1) == message(1)
    other.close()


def test_attachments_get_keywords_on_wish(account):
    account.attachments = True
    inbox = account.open("INBOX")
    append(inbox, message(1))
    assert inbox.flags.sets[inbox.state.flags[0]] == {b"$HasNoAttachment"}


def test_too_many_annotations(account):
    with pytest.raises(MailboxError) as caught:
        account.set_metadata("", {"/private/x": b"x" * (1 << 20)})
    assert caught.value.code == "LIMIT" and account.metadata("") == {}


def test_rights_with_odd_names(account):
    for identifier in ("", "a\nb", 'a"b', "x\0"):
        with pytest.raises(MailboxError):
            account.set_acl("INBOX", identifier, "lr")
    with pytest.raises(MailboxError):
        account.set_acl("INBOX", "joe", "l r")
