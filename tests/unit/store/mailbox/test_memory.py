"""The model itself; that the stores on disk do the same is tests/contract/test_mailbox.py."""

import pytest

from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.memory import MemoryAccount, MemoryMailbox, wire_form


def put(box: MemoryMailbox, text: bytes = b"Subject: x\n\nbody\n") -> int:
    draft = box.draft(5)
    draft.write(text)
    draft.finish()
    return box.append([(draft, [b"\\Seen"])])[0]


def test_wire_form() -> None:
    assert wire_form(b"a\nb\r\nc") == b"a\r\nb\r\nc"


def test_a_message_comes_back_in_wire_form() -> None:
    account = MemoryAccount()
    inbox = account.open("INBOX")
    uid = put(inbox)
    body = inbox.read(uid)
    assert body == b"Subject: x\r\n\r\nbody\r\n" and inbox.state.sizes[0] == len(body)
    assert inbox.claim_recent() == {uid} and inbox.claim_recent() == set()
    assert inbox.uidl(uid) == b"%08x%08x" % (uid, inbox.uidvalidity)


def test_a_uid_is_never_given_twice() -> None:
    inbox = MemoryAccount().open("INBOX")
    first = put(inbox)
    assert inbox.remove([first]) == [first] and put(inbox) == first + 1
    assert inbox.vanished(0) == [(first, first)]


def test_a_mailbox_that_is_gone_says_so() -> None:
    account = MemoryAccount()
    account.create("A.B")
    box = account.open("A.B")
    account.delete("A.B")
    with pytest.raises(MailboxError) as caught:
        box.refresh()
    assert caught.value.code == "NONEXISTENT"
    with pytest.raises(MailboxError):
        account.delete("INBOX")


def test_a_quota_refuses_before_anything_is_stored() -> None:
    account = MemoryAccount()
    account.set_quota(10, 0)
    with pytest.raises(MailboxError) as caught:
        put(account.open("INBOX"))
    assert caught.value.code == "OVERQUOTA" and account.usage().messages == 0
