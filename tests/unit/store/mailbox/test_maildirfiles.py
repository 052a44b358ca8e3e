import os
import time

import pytest

from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.maildirfiles import MaildirFiles, of_stamp
from pymaster.store.maildir import TMP_AGE
from pymaster.util.clock import SYSTEM


@pytest.fixture
def parent(tmp_path):
    (tmp_path / "box").mkdir()
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


@pytest.fixture
def files(parent, tmp_path):
    made = MaildirFiles(parent, "box", str(tmp_path / "box"), SYSTEM)
    yield made
    made.close()


def test_folders_are_made_and_old_files_of_tmp_removed(parent, tmp_path):
    box = tmp_path / "box"
    (box / "tmp").mkdir()
    for name, age in (("old", TMP_AGE + 10), ("young", 10)):
        (box / "tmp" / name).write_bytes(b"x")
        os.utime(box / "tmp" / name, (time.time() - age,) * 2)
    (box / "tmp" / "folder").mkdir()
    MaildirFiles(parent, "box", str(box), SYSTEM).close()
    assert sorted(os.listdir(box)) == ["cur", "new", "tmp"] and sorted(os.listdir(box / "tmp")) == ["folder", "young"]


def test_links_are_not_followed(parent, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    os.symlink(tmp_path / "elsewhere", tmp_path / "link")
    with pytest.raises(OSError):
        MaildirFiles(parent, "link", "x", SYSTEM)
    os.symlink(tmp_path / "elsewhere", tmp_path / "box/cur")
    with pytest.raises(OSError):
        MaildirFiles(parent, "box", "x", SYSTEM)


def test_looks_and_stamps(files, tmp_path):
    look = files.look()
    assert of_stamp(look.stamp(5)) == (look, 5) and of_stamp(b"") is None and of_stamp(b"x" * 57) is None
    (tmp_path / "box/new/1").write_bytes(b"x")
    (tmp_path / "box/dovecot-uidlist").write_bytes(b"x")
    again = files.look()
    assert again.new > look.new and again.cur == look.cur and again.uidlist != look.uidlist


@pytest.mark.parametrize("how", ["renamed", "replaced"])
def test_a_folder_that_is_no_longer_there(files, tmp_path, how):
    os.rename(tmp_path / "box", tmp_path / "other")
    if how == "replaced":
        (tmp_path / "box").mkdir()
    with pytest.raises(MailboxError) as caught:
        files.look()
    assert caught.value.code == "NONEXISTENT"


def test_reading_and_finding(files, tmp_path):
    (tmp_path / "box/cur/1.a:2,S").write_bytes(b"x" * 100_000)
    (tmp_path / "box/new/2.b").write_bytes(b"")
    assert files.read("1.a:2,S") == b"x" * 100_000 and files.read("new/2.b") == b"" and files.read("none") is None
    assert files.find("1.a:2,") == "1.a:2,S" and files.find("new/9") is None
    assert sorted(files.listing()) == ["1.a:2,S", "new/2.b"]
    assert files.folders(["new/2.b", "x", "y"]) == sorted([files.new, files.cur])
    os.mkfifo(tmp_path / "box/cur/fifo")
    assert files.read("fifo") is None and files.stat("fifo") is None
