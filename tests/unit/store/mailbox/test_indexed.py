import errno
import threading

import pytest

from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.indexed import IndexedMailbox
from pymaster.store.mailbox.memory import MemoryAccount
from tests.mailboxes import append, maildir_account, message


@pytest.fixture
def account(tmp_path):
    made = maildir_account(tmp_path)
    yield made
    made.close()


@pytest.fixture
def inbox(account):
    return account.open("INBOX")


def test_a_state_is_never_empty_while_an_index_is_rebuilt(inbox, tmp_path):
    append(inbox, message(1))
    for name in ("index", "log"):
        (tmp_path / f"Maildir/pymaster.{name}").write_bytes(b"")
    seen = []
    real = inbox.driver.scan
    inbox.driver.scan = lambda view: (seen.append(len(inbox.state)), real(view))[1]
    inbox.refresh()
    assert seen == [1] and list(inbox.state.uids) == [1]


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "OVERQUOTA"), (errno.EDQUOT, "OVERQUOTA"), (errno.EACCES, "NOPERM"), (errno.EIO, "SERVERBUG")],
)
def test_what_the_client_is_told(inbox, monkeypatch, number, code):
    append(inbox, message(1))

    def fail(*each):
        raise OSError(number, "no")

    for name in ("flag", "remove", "save", "draft"):
        monkeypatch.setattr(inbox.driver, name, fail)
    for call in (lambda: inbox.store([1], "+", [b"\\Seen"]), lambda: inbox.remove([1]), lambda: inbox.draft()):
        with pytest.raises(MailboxError) as caught:
            call()
        assert caught.value.code == code
    assert "no" not in str(caught.value.text).split()


def test_copies_in_both_directions_at_once(account, tmp_path):
    account.create("Other")
    other = maildir_account(tmp_path)
    boxes = [account.open("INBOX"), account.open("Other")]
    mirror = [other.open("Other"), other.open("INBOX")]
    append(boxes[0], message(1))
    append(boxes[1], message(2))

    def copy(source, target):
        for _ in range(30):
            source.copy([1], target)

    threads = [threading.Thread(target=copy, args=pair) for pair in (boxes, mirror)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert len(boxes[0].refresh()) == len(boxes[1].refresh()) == 31
    other.close()


def test_only_mailboxes_of_its_kind(inbox):
    append(inbox, message(1))
    with pytest.raises(MailboxError):
        inbox.copy([1], MemoryAccount().open("INBOX"))
    assert isinstance(inbox, IndexedMailbox)


def test_without_a_place_for_an_index(account, tmp_path, monkeypatch):
    monkeypatch.setattr(account._layout, "index", lambda name: "")
    inbox = account.open("INBOX")
    append(inbox, message(1))
    inbox.store([1], "+", [b"\\Seen"])
    inbox.refresh()
    assert inbox.counts().unseen == 0 and inbox.digest(1).size == len(message(1))
    assert not (tmp_path / "Maildir/pymaster.log").exists()


def test_news_comes_from_these(inbox, tmp_path):
    box = tmp_path / "Maildir"
    assert inbox.watched() == [f"{box}/new", f"{box}/cur", str(box)]
