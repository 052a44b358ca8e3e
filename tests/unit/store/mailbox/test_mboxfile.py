import os
import threading

import pytest

from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.mboxfile import MboxFile, same_file, stamp_of
from pymaster.store.mboxlock import Locking

QUICK = Locking(attempts=2, delay=0.01, optional_dotlock=True)


@pytest.fixture
def path(tmp_path):
    (tmp_path / "box").write_bytes(b"From x\n")
    return tmp_path / "box"


@pytest.fixture
def file(path, tmp_path):
    made = MboxFile(str(path), str(tmp_path), locking=QUICK)
    yield made
    made.close()


def code(call):
    with pytest.raises(MailboxError) as caught:
        call()
    return caught.value.code


def enter(file, **kwargs):
    with file.locked(**kwargs) as fd:
        return fd


def test_locked_for_others_and_for_other_threads(file, path, tmp_path):
    other = MboxFile(str(path), str(tmp_path), locking=QUICK)
    with file.locked() as fd:
        assert os.pread(fd, 4, 0) == b"From" and path.with_name("box.lock").exists()
        seen = []
        thread = threading.Thread(target=lambda: seen.append(code(lambda: enter(other))))
        thread.start()
        thread.join()
        assert seen == ["INUSE"]
    assert enter(other) >= 0 and not path.with_name("box.lock").exists()
    other.close()


def test_closing_another_open_keeps_the_lock(file, path, tmp_path):
    others = [MboxFile(str(path), str(tmp_path), locking=Locking(("fcntl",), attempts=1)) for _ in range(2)]
    with file.locked():
        os.close(os.open(path, os.O_RDONLY))
        assert code(lambda: enter(others[0])) == "INUSE"
        others[0].close()
        assert code(lambda: enter(others[1])) == "INUSE"
    others[1].close()


def test_missing(file, path, tmp_path):
    path.unlink()
    assert code(file.stat) == "NONEXISTENT" and code(lambda: enter(file)) == "NONEXISTENT"
    spool = MboxFile(str(path), str(tmp_path), locking=QUICK, optional=True)
    assert spool.stat() is None and enter(spool) == -1 and not path.exists()
    assert enter(spool, make=True) >= 0 and path.read_bytes() == b""
    spool.close()
    lost = MboxFile(str(tmp_path / "no" / "box"), str(tmp_path), locking=QUICK, optional=True)
    assert enter(lost) == -1 and code(lambda: enter(lost, make=True)) == "NONEXISTENT"


def test_a_file_put_in_its_place_is_found(file, path):
    first = enter(file)
    inode = os.fstat(first).st_ino
    path.with_name("new").write_bytes(b"From y\n")
    path.with_name("new").rename(path)
    with file.locked() as fd:
        assert os.fstat(fd).st_ino != inode and os.pread(fd, 6, 0) == b"From y"


def test_one_that_is_replaced_while_it_is_waited_for(path, tmp_path):
    lock = path.with_name("box.lock")
    lock.write_bytes(b"0")

    def replace(_):
        lock.unlink()
        path.with_name("new").write_bytes(b"From y\n")
        path.with_name("new").rename(path)

    file = MboxFile(str(path), str(tmp_path), locking=Locking(attempts=3, sleep=replace))
    with file.locked() as fd:
        assert os.pread(fd, 6, 0) == b"From y"
    file.close()


@pytest.mark.parametrize("kind", ["link", "folder", "hard"])
def test_what_is_no_mailbox(file, path, kind):
    if kind == "hard":
        os.link(path, path.with_name("second"))
    else:
        path.rename(path.with_name("real"))
        path.symlink_to("real") if kind == "link" else path.mkdir()
    assert code(lambda: enter(file)) == "UNAVAILABLE"


def test_times(file, path):
    os.utime(path, (2000, 1000))
    with file.locked():
        file.settle_times(unread=True)
        assert os.stat(path).st_atime < os.stat(path).st_mtime == 1000
        file.settle_times(unread=False)
        assert os.stat(path).st_atime >= os.stat(path).st_mtime == 1000


def test_stamps(path):
    found = os.stat(path)
    assert same_file(stamp_of(found), found) == found.st_size and same_file(stamp_of(found, 3), found) == 3
    assert same_file(stamp_of(None), found) == same_file(b"", found) == -1
    with open(path, "ab") as file:
        file.write(b"more")
    assert same_file(stamp_of(found), os.stat(path)) == found.st_size
    path.write_bytes(b"")
    assert same_file(stamp_of(found), os.stat(path)) == -1
