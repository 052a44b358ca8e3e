import os

import pytest

from pymaster.store import mboxjournal
from pymaster.store.mboxjournal import Journal
from pymaster.store.safeopen import Unsafe

OLD = b"From x  date\nSubject: old\n\nbody\n\n"
NEW = b"From y  date\nSubject: new\n\n" + b"z" * 500 + b"\n\n"


@pytest.fixture
def scene(tmp_path):
    path = tmp_path / "box"
    path.write_bytes(OLD)
    fd = os.open(path, os.O_RDWR | os.O_APPEND)
    journal = Journal(str(tmp_path / "notes"))
    yield journal, fd, path
    os.close(fd)
    journal.close()


def torn(journal, fd):
    notes = journal.open(os.fstat(fd))
    try:
        return notes.torn(fd, os.fstat(fd))
    finally:
        notes.close()


def begin(journal, fd, written=b"", *, done=False, crc=None):
    notes = journal.open(os.fstat(fd))
    notes.begin(len(OLD), NEW)
    os.write(fd, written)
    if done:
        notes.done("Q1/0", len(OLD) + len(NEW), mboxjournal.zlib.crc32(NEW) if crc is None else crc)
        notes.flush()
    notes.close()


def test_nothing_noted_nothing_done(scene):
    journal, fd, _ = scene
    assert torn(journal, fd) is None


@pytest.mark.parametrize("length", [1, 30, 300, len(NEW)])
def test_begun_is_cut_back(scene, length):
    journal, fd, _ = scene
    begin(journal, fd, NEW[:length])
    assert torn(journal, fd) == len(OLD)


def test_begun_and_nothing_written(scene):
    journal, fd, _ = scene
    begin(journal, fd)
    assert torn(journal, fd) is None


def test_zeros_after_a_power_cut_are_cut_back(scene):
    journal, fd, _ = scene
    begin(journal, fd, b"\0" * 200)
    assert torn(journal, fd) == len(OLD)


def test_what_another_program_wrote_stays(scene):
    journal, fd, path = scene
    begin(journal, fd, NEW[:40])
    with open(path, "ab") as file:
        file.write(b"\nFrom other  date\nSubject: mine\n\nhi\n\n")
    assert torn(journal, fd) is None


def test_a_rewritten_mailbox_stays(scene):
    journal, fd, _path = scene
    begin(journal, fd, NEW[:40])
    os.ftruncate(fd, 0)
    os.write(fd, b"From somebody  date\nSubject: else\n\n" + b"q" * 100)
    assert torn(journal, fd) is None


def test_another_file_of_the_same_name_stays(scene):
    journal, fd, path = scene
    begin(journal, fd, NEW[:40])
    (path.parent / "fresh").write_bytes(OLD + NEW[:40])
    os.rename(path.parent / "fresh", path)
    other = os.open(path, os.O_RDWR)
    assert torn(journal, other) is None
    os.close(other)


def test_done_in_this_boot_is_whole(scene):
    journal, fd, _ = scene
    begin(journal, fd, NEW, done=True, crc=1)
    assert torn(journal, fd) is None


def test_done_in_an_earlier_boot_is_checked(scene):
    journal, fd, path = scene
    begin(journal, fd, NEW, done=True)
    journal._boot = "next"
    assert torn(journal, fd) is None
    with open(path, "r+b") as file:
        file.seek(len(OLD) + 300)
        file.write(b"\0" * 100)
    os.utime(path, (1, 1))
    assert torn(journal, fd) == len(OLD)
    os.ftruncate(fd, len(OLD) + 100)
    os.utime(path, (1, 1))
    assert torn(journal, fd) == len(OLD)
    os.utime(path, (4e9, 4e9))
    assert torn(journal, fd) is None


def test_remembers_the_last_messages(scene):
    journal, fd, _ = scene
    for number in range(mboxjournal.REMEMBERED + 5):
        notes = journal.open(os.fstat(fd))
        notes.begin(0, b"x")
        notes.done(f"0123456789ABCDEF{number:04}/123", 10, 0)
        notes.close()
    notes = journal.open(os.fstat(fd))
    assert not notes.remembers("0123456789ABCDEF0004/123")
    assert notes.remembers("0123456789ABCDEF0005/123") and notes.remembers("0123456789ABCDEF0068/123")
    notes.begin(0, b"y")
    assert not notes.remembers("0123456789ABCDEF0068/123")
    notes.undone()
    assert notes.remembers("0123456789ABCDEF0068/123")
    notes.close()


@pytest.mark.parametrize("damage", [b"\xff" * 9000, b"", b"\0\0\0\x04abcdefgh"])
def test_a_damaged_note_is_no_note(scene, damage, tmp_path):
    journal, fd, _ = scene
    begin(journal, fd, NEW[:40])
    (name,) = os.listdir(tmp_path / "notes")
    (tmp_path / "notes" / name).write_bytes(damage)
    assert torn(journal, fd) is None


def test_a_torn_slot_falls_back_to_the_one_before(scene, tmp_path):
    journal, fd, _ = scene
    begin(journal, fd, NEW, done=True)
    (name,) = os.listdir(tmp_path / "notes")
    with open(tmp_path / "notes" / name, "r+b") as file:
        file.seek(mboxjournal.SLOT + 20)
        file.write(b"????")
    assert torn(journal, fd) == len(OLD)


def test_the_folder_must_be_ours(tmp_path):
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(Unsafe, match="0700"):
        Journal(str(tmp_path / "open"))
    (tmp_path / "link").symlink_to(tmp_path / "open")
    with pytest.raises(OSError):
        Journal(str(tmp_path / "link"))


def test_collect(scene, tmp_path):
    journal, fd, path = scene
    begin(journal, fd, NEW, done=True)
    assert journal.collect(os.stat(path).st_mtime + 60) == 0
    assert journal.collect(os.stat(path).st_mtime + mboxjournal.MAX_AGE + 60) == 1
