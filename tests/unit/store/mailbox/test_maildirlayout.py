import os
import shutil

import pytest

from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.maildirlayout import DOOMED, MaildirLayout
from pymaster.util.clock import SYSTEM


@pytest.fixture
def layout(tmp_path):
    made = MaildirLayout(f"{tmp_path}/home/Maildir/", "", ".", SYSTEM)
    yield made
    made.close()


@pytest.fixture
def root(tmp_path):
    return tmp_path / "home/Maildir"


def test_create_list_rename_delete(layout, root):
    layout.create("A.B")
    layout.create("Ü")
    assert layout.names() == ({"INBOX", "A.B", "Ü"}, set())
    assert sorted(os.listdir(root / ".A.B")) == ["cur", "maildirfolder", "new", "tmp"]
    assert os.stat(root / ".A.B").st_mode & 0o777 == 0o700
    layout.rename("A.B", "C")
    assert layout.exists("C") and not layout.exists("A.B") and layout.exists("INBOX")
    with pytest.raises(MailboxError):
        layout.rename("C", "Ü")
    with pytest.raises(MailboxError):
        layout.create("C/x" if layout.separator == "/" else "Ü")
    layout.delete("C")
    with pytest.raises(MailboxError):
        layout.delete("C")
    assert layout.names()[0] == {"INBOX", "Ü"} and os.listdir(root) == [".&ANw-"]


def test_what_is_no_mailbox(layout, root, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    os.symlink(tmp_path / "elsewhere", root / ".Link")
    (root / ".file").write_bytes(b"")
    for name in ("..x", ".&AAA-", "folder", ".INBOX", ".a..b", f"{DOOMED}-1-x"):
        (root / name).mkdir()
    assert layout.names()[0] == {"INBOX"} and not layout.exists("Link") and not layout.exists("file")
    with pytest.raises((MailboxError, OSError)):
        layout.driver("Link")
    with pytest.raises(MailboxError):
        layout.driver("file")


def test_what_a_dead_process_left_is_removed(layout, root, tmp_path):
    (root / f"{DOOMED}-999999999-x" / "cur").mkdir(parents=True)
    (root / f"{DOOMED}-{os.getpid()}-x").mkdir()
    MaildirLayout(str(root), "", ".", SYSTEM).close()
    assert os.listdir(root) == [f"{DOOMED}-{os.getpid()}-x"]


def test_index_files_elsewhere(tmp_path, root):
    layout = MaildirLayout(str(root), f"{tmp_path}/index", "/", SYSTEM)
    layout.create("A")
    assert layout.index("A") == f"{tmp_path}/index/.A" and layout.index("INBOX") == f"{tmp_path}/index/INBOX"
    (tmp_path / "index/.A/pymaster.log").write_bytes(b"x")
    layout.create("B")
    layout.index("B")
    layout.delete("B")
    layout.rename("A", "B")
    assert (tmp_path / "index/.B/pymaster.log").exists() and not (tmp_path / "index/.A").exists()
    layout.delete("B")
    assert os.listdir(tmp_path / "index") == ["INBOX"]
    layout.close()


def test_a_home_that_is_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    os.symlink(tmp_path / "disk", tmp_path / "Maildir")
    if os.geteuid() == 0:
        with pytest.raises(OSError):
            MaildirLayout(str(tmp_path / "Maildir"), "", ".", SYSTEM)
    else:
        MaildirLayout(str(tmp_path / "Maildir"), "", ".", SYSTEM).close()
    shutil.rmtree(tmp_path / "disk")
