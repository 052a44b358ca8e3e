import fcntl
import multiprocessing
import os
import time

import pytest

from pymaster.store import mboxlock
from pymaster.store.mboxlock import LockBusy, LockFailed, Locking


@pytest.fixture
def box(tmp_path):
    path = tmp_path / "box"
    fd = os.open(path, os.O_RDWR | os.O_CREAT)
    dir_fd = os.open(tmp_path, os.O_RDONLY)
    yield path, fd, dir_fd
    os.close(fd)
    os.close(dir_fd)


def test_all_methods_are_taken_and_given_back(box):
    path, fd, dir_fd = box
    undo = mboxlock.take(fd, dir_fd, "box", Locking(("fcntl", "flock", "dotlock")))
    assert path.with_name("box.lock").read_bytes() == b"%d:%s" % (os.getpid(), os.uname().nodename.encode())
    undo()
    assert not path.with_name("box.lock").exists()


def test_a_held_dotlock_is_waited_for_and_fcntl_is_free_meanwhile(box):
    path, fd, dir_fd = box
    lock = path.with_name("box.lock")
    lock.write_bytes(b"1")
    naps = []

    def nap(seconds):
        naps.append(seconds)
        if len(naps) == 2:
            lock.unlink()

    mboxlock.take(fd, dir_fd, "box", Locking(attempts=5, delay=0.5, sleep=nap))()
    assert naps == [0.5, 0.5]


def test_patience_ends(box):
    path, fd, dir_fd = box
    path.with_name("box.lock").write_bytes(b"1")
    naps = []
    with pytest.raises(LockBusy):
        mboxlock.take(fd, dir_fd, "box", Locking(attempts=4, sleep=naps.append))
    assert len(naps) == 3
    assert path.with_name("box.lock").exists()


def test_a_stale_lock_file_is_broken(box):
    path, fd, dir_fd = box
    path.with_name("box.lock").write_bytes(b"1")
    time.sleep(0.02)
    mboxlock.take(fd, dir_fd, "box", Locking(stale=0.01, sleep=lambda s: None))()
    assert not path.with_name("box.lock").exists()


def test_somebody_elses_lock_is_not_removed(box):
    path, fd, dir_fd = box
    undo = mboxlock.take(fd, dir_fd, "box", Locking())
    lock = path.with_name("box.lock")
    keep = os.open(lock, os.O_RDONLY)
    lock.unlink()
    lock.write_bytes(b"other")
    undo()
    os.close(keep)
    assert lock.read_bytes() == b"other"


def test_folder_that_may_not_be_written(tmp_path, box, monkeypatch):
    real = os.open

    def refuse(path, *args, **kwargs):
        if str(path).endswith(".lock") or path == ".":
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", refuse)
    _path, fd, dir_fd = box
    with pytest.raises(LockFailed, match=r"box\.lock: Permission denied"):
        mboxlock.take(fd, dir_fd, "box", Locking())
    mboxlock.take(fd, dir_fd, "box", Locking(optional_dotlock=True))()


def _hold(path, taken, leave):
    with open(path, "rb+") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        taken.set()
        leave.wait(10)


def test_fcntl_lock_of_another_process(box):
    path, fd, dir_fd = box
    context = multiprocessing.get_context("spawn")
    taken, leave = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(str(path), taken, leave))
    other.start()
    assert taken.wait(20)
    with pytest.raises(LockBusy):
        mboxlock.take(fd, dir_fd, "box", Locking(attempts=2, sleep=lambda s: None))
    leave.set()
    other.join(10)
    mboxlock.take(fd, dir_fd, "box", Locking())()


def test_methods():
    assert mboxlock.methods(["dotlock", "fcntl"]) == ("dotlock", "fcntl")
    with pytest.raises(ValueError, match="nfs"):
        mboxlock.methods(["nfs"])


def test_a_lock_file_of_a_process_that_is_gone_is_broken_at_once(box):
    path, fd, dir_fd = box
    lock, host = path.with_name("box.lock"), os.uname().nodename.encode()
    process = multiprocessing.get_context("fork").Process(target=int)
    process.start()
    process.join()
    lock.write_bytes(b"%d:%s" % (process.pid, host))
    mboxlock.take(fd, dir_fd, "box", Locking(attempts=1))()
    assert not lock.exists()
    for holder in (
        b"%d:%s" % (os.getpid(), host),
        b"%d:elsewhere" % process.pid,
        b"0",
        b"",
        b"x:y",
        b"%d" % process.pid,
    ):
        lock.write_bytes(holder)
        with pytest.raises(LockBusy):
            mboxlock.take(fd, dir_fd, "box", Locking(attempts=3, sleep=lambda s: None))


@pytest.mark.parametrize("lacking", ["O_TMPFILE", "/proc"])
def test_a_system_without_nameless_files(box, monkeypatch, lacking):
    path, fd, dir_fd = box
    whole = os.open

    def refuse(name, flags, *args, **kwargs):
        if lacking == "O_TMPFILE" and flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(95, "Operation not supported")
        return whole(name, flags, *args, **kwargs)

    def no_proc(*args, **kwargs):
        raise FileNotFoundError

    monkeypatch.setattr(os, "open", refuse)
    if lacking == "/proc":
        monkeypatch.setattr(os, "link", no_proc)
    undo = mboxlock.take(fd, dir_fd, "box", Locking())
    assert path.with_name("box.lock").read_bytes().startswith(b"%d:" % os.getpid())
    with pytest.raises(LockBusy):
        mboxlock.take(os.open(path, os.O_RDWR), dir_fd, "box", Locking(("dotlock",), attempts=1))
    undo()
    assert not path.with_name("box.lock").exists()
