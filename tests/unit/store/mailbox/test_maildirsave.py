import errno
import os

import pytest

from pymaster.store.durable import Flusher
from pymaster.store.mailbox import maildirsave
from pymaster.store.mailbox.contract import MailboxError
from tests.mailboxes import append, maildir_account, message, shown


@pytest.fixture
def account(tmp_path):
    made = maildir_account(tmp_path)
    made.create("Other")
    yield made
    made.close()


@pytest.fixture
def inbox(account):
    return account.open("INBOX")


@pytest.fixture
def other(account):
    return account.open("Other")


@pytest.fixture
def box(tmp_path):
    return tmp_path / "Maildir"


def files(folder):
    return sorted(os.listdir(folder / "cur")) + sorted(os.listdir(folder / "new"))


def test_a_copy_is_a_link_and_a_move_a_rename(inbox, other, box):
    append(inbox, message(1), date=1_000_000_000)
    append(inbox, message(2), flags=[b"\\Seen"])
    inodes = [
        os.stat(box / "new" / os.listdir(box / "new")[0]).st_ino,
        os.stat(box / "cur" / os.listdir(box / "cur")[0]).st_ino,
    ]
    inbox.copy([1], other)
    inbox.copy([2], other, move=True)
    assert os.stat(box / ".Other/new" / os.listdir(box / ".Other/new")[0]).st_ino == inodes[0]
    (name,) = os.listdir(box / ".Other/cur")
    assert os.stat(box / ".Other/cur" / name).st_ino == inodes[1] and name.endswith(f",W={len(message(2))}:2,S")
    assert other.state.dates[0] == 1_000_000_000


def test_several_messages_are_one_flush(inbox, monkeypatch):
    flushed = []
    monkeypatch.setattr(Flusher, "flush", lambda self, fds: flushed.append(len(fds)))
    append(inbox, *[message(n) for n in range(10)])
    assert flushed == [11, 1]


def fail_at(monkeypatch, name, count, number=errno.EIO):
    real, calls = getattr(os, name), []

    def call(*names, **more):
        calls.append(names)
        if len(calls) == count:
            raise OSError(number, os.strerror(number))
        return real(*names, **more)

    monkeypatch.setattr(maildirsave.os, name, call)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_all_or_none_are_appended(inbox, box, monkeypatch, count):
    fail_at(monkeypatch, "rename", count)
    with pytest.raises(MailboxError):
        append(inbox, message(1), message(2), message(3))
    monkeypatch.undo()
    inbox.refresh()
    assert not len(inbox.state) and not files(box)
    assert append(inbox, message(4)) == [4], "UIDs in the uidlist are never used again"


@pytest.mark.parametrize("move", [False, True])
def test_all_or_none_are_copied(inbox, other, box, monkeypatch, move):
    append(inbox, message(1), message(2), message(3))
    before = files(box)
    fail_at(monkeypatch, "rename" if move else "link", 3)
    with pytest.raises(MailboxError):
        inbox.copy([1, 2, 3], other, move=move)
    monkeypatch.undo()
    assert files(box) == before and not files(box / ".Other")
    assert len(inbox.refresh()) == 3 and len(other.refresh()) == 0


@pytest.mark.parametrize("move", [False, True])
def test_where_there_are_no_links_bytes_are_copied(inbox, other, box, monkeypatch, move):
    append(inbox, message(1), message(2), flags=[b"\\Seen"], date=1_000_000_000)
    fail_at(monkeypatch, "rename" if move else "link", 2, errno.EXDEV)
    pairs = inbox.copy([1, 2], other, move=move)
    assert [there for _, there in pairs] == sorted(there for _, there in pairs)
    assert sorted(other.read(uid) for uid in other.state.uids) == [message(1), message(2)]
    assert set(other.state.dates) == {1_000_000_000} and len(inbox.state) == (0 if move else 2)


def test_what_is_gone_is_not_copied(inbox, other, box):
    append(inbox, message(1), message(2))
    os.unlink(box / "new" / sorted(os.listdir(box / "new"))[1])
    with pytest.raises(MailboxError) as caught:
        inbox.copy([1, 2], other)
    assert caught.value.code == "EXPUNGEISSUED" and not len(other.refresh())


def test_a_message_renamed_meanwhile_is_copied(inbox, other, box):
    append(inbox, message(1))
    (name,) = os.listdir(box / "new")
    os.rename(box / "new" / name, box / "cur" / f"{name}:2,S")
    assert inbox.copy([1], other) == [(1, 1)] and shown(other)[1][1] == message(1)


def test_an_abandoned_draft_is_not_saved(inbox, box):
    draft = inbox.draft()
    draft.write(message(1))
    draft.finish()
    draft.abandon()
    with pytest.raises(MailboxError):
        inbox.append([(draft, [])])
    assert os.listdir(box / "tmp") == []
