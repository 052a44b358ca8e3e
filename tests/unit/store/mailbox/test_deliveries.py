import os

from pymaster.store.mailbox import deliveries
from pymaster.store.mailbox.deliveries import note_delivery, wanted
from pymaster.store.mailbox.index import CACHE
from pymaster.store.mailbox.maildirfiles import MaildirFiles
from pymaster.store.mailbox.reading import Reading
from tests.mailboxes import maildir_account

DATA = b"Subject: x\n\nhello\n"


def test_without_an_index_nothing_is_written(tmp_path):
    assert not wanted(str(tmp_path)) and not note_delivery(str(tmp_path), "1.a.h", DATA)
    assert os.listdir(tmp_path) == []


def test_the_digest_is_there_when_the_message_is_seen(tmp_path, monkeypatch):
    account = maildir_account(tmp_path)
    inbox = account.open("INBOX")
    box = tmp_path / "Maildir"
    (box / "new/1.a.h").write_bytes(DATA)
    assert note_delivery(f"{box}/", "1.a.h", DATA)
    inbox.refresh()
    monkeypatch.setattr(MaildirFiles, "read", lambda *each: None)
    monkeypatch.setattr(Reading, "read", lambda *each: None)
    assert inbox.digest(1).size == inbox.state.sizes[0] == 21
    account.close()


def test_whatever_goes_wrong_the_delivery_stands(tmp_path, monkeypatch):
    (tmp_path / "pymaster.log").write_bytes(b"")
    os.symlink("/nonexistent/x", tmp_path / CACHE)
    assert note_delivery(str(tmp_path), "a", DATA) and not os.path.exists("/nonexistent/x")
    os.unlink(tmp_path / CACHE)
    (tmp_path / CACHE).mkdir()
    assert note_delivery(str(tmp_path), "a", DATA) and (tmp_path / CACHE).is_file()
    assert not note_delivery("a\0b", "a", DATA) and not note_delivery(str(tmp_path), "a" * 70_000, DATA)
    monkeypatch.setattr(deliveries, "LARGEST", 5)
    assert not note_delivery(str(tmp_path), "a", DATA)


def test_places_of_any_form(tmp_path):
    (tmp_path / "pymaster.log").write_bytes(b"")
    assert note_delivery(f"{tmp_path}/", "a", DATA) and note_delivery(str(tmp_path), "b\udcff", DATA)
