import errno
import mailbox
import os
import signal
import subprocess
import sys
import time

import pytest

from pymaster.store import mbox
from pymaster.store.mbox import Mailbox
from pymaster.store.mboxjournal import Journal
from pymaster.store.mboxlock import LockBusy, Locking
from pymaster.store.safeopen import Unsafe
from tests.conftest import ROOT

MESSAGE = b"From a@b  Mon Jan  1 00:00:00 2024\nSubject: %d\n\nhello\n>From here\n\n"


@pytest.fixture
def journal(tmp_path):
    made = Journal(str(tmp_path / "notes"))
    yield made
    made.close()


def box(path, **kwargs):
    return Mailbox(str(path), Locking(attempts=2, delay=0.01), **kwargs)


def put(path, number, journal=None, **kwargs):
    return mbox.append(box(path, **kwargs), f"Q{number}/0", [MESSAGE % number], journal)


def test_messages_follow_one_another_and_the_mailbox_module_reads_them(tmp_path, journal):
    path = tmp_path / "joe"
    for number in range(3):
        assert put(path, number, journal) is True
    assert path.read_bytes() == b"".join(MESSAGE % n for n in range(3))
    assert [m["Subject"] for m in mailbox.mbox(path)] == ["0", "1", "2"]
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert sorted(os.listdir(tmp_path)) == ["joe", "notes"]


def test_a_retry_is_answered_from_the_journal(tmp_path, journal):
    path = tmp_path / "joe"
    put(path, 1, journal)
    put(path, 2, journal)
    assert put(path, 1, journal) is False
    assert len(mailbox.mbox(path)) == 2


def test_what_fails_is_cut_back(tmp_path, journal):
    path = tmp_path / "joe"
    put(path, 1, journal)
    before = path.read_bytes()

    def broken():
        yield b"From x\n"
        raise OSError(errno.EIO, "gone")

    with pytest.raises(OSError):
        mbox.append(box(path), "Q2/0", broken(), journal)
    assert path.read_bytes() == before
    with pytest.raises(OSError) as told:
        put(path, 3, journal, limit=len(before) + 10)
    assert told.value.errno == errno.EFBIG
    assert path.read_bytes() == before
    assert put(path, 4, journal) is True
    assert put(path, 4, journal) is False


def test_traps_are_refused(tmp_path):
    path = tmp_path / "joe"
    (tmp_path / "real").write_bytes(b"x")
    path.symlink_to(tmp_path / "real")
    with pytest.raises(Unsafe):
        put(path, 1)
    path.unlink()
    os.link(tmp_path / "real", path)
    with pytest.raises(Unsafe):
        put(path, 1)
    path.unlink()
    path.write_bytes(b"")
    path.chmod(0o700)
    with pytest.raises(Unsafe, match="executable"):
        put(path, 1, forbidden_mode=0o111)
    with pytest.raises(Unsafe, match="not owned"):
        put(path, 1, owner=os.geteuid() + 1)
    assert (tmp_path / "real").read_bytes() == b"x"


def test_locked_by_another(tmp_path):
    path = tmp_path / "joe"
    (tmp_path / "joe.lock").write_bytes(b"1")
    with pytest.raises(LockBusy):
        put(path, 1)
    assert path.read_bytes() == b""


def test_devices_where_allowed(tmp_path, journal, monkeypatch):
    assert put("/dev/null", 1, journal, special=True) is True
    with pytest.raises(Unsafe):
        put("/dev/null", 1)
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.setattr(mbox, "SPECIAL_WAIT", 0.05)
    with pytest.raises(OSError):
        mbox.append(box(tmp_path / "fifo", special=True), "k", [b"x" * 65536] * 4)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_new_file_is_given_to_its_user(tmp_path):
    put(tmp_path / "joe", 1, make_for=(65534, 65534), owner=65534)
    assert os.stat(tmp_path / "joe").st_uid == 65534
    put(tmp_path / "joe", 2, make_for=(65534, 65534), owner=65534)
    (tmp_path / "eve").write_bytes(b"")
    with pytest.raises(Unsafe, match="not owned"):
        put(tmp_path / "eve", 2, make_for=(65534, 65534), owner=65534)


WRITER = """
import sys
from pymaster.store.mbox import Mailbox, append
from pymaster.store.mboxjournal import Journal
from pymaster.store.mboxlock import Locking
path, notes, start, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
journal = Journal(notes)
box = Mailbox(path, Locking(attempts=4000, delay=0.001, stale=float(sys.argv[5])))
print("go", flush=True)
for n in range(start, start + count):
    body = [b"From a@b  Mon Jan  1 00:00:00 2024\\nSubject: %d\\n\\n" % n] + [b"x" * 999 + b"\\n"] * 40 + [b"end\\n\\n"]
    append(box, f"Q{n}/0", body, journal)
    print(n, flush=True)
"""


def writer(tmp_path, start, count, stale=500.0):
    args = [sys.executable, "-c", WRITER, str(tmp_path / "joe"), str(tmp_path / "notes"), str(start), str(count)]
    return subprocess.Popen([*args, str(stale)], stdout=subprocess.PIPE, text=True, cwd=ROOT)


BODY = b"From a@b  Mon Jan  1 00:00:00 2024\nSubject: \n\n" + (b"x" * 999 + b"\n") * 40 + b"end\n\n"


def test_four_writers_with_both_locks(tmp_path):
    writers = [writer(tmp_path, n * 100, 100) for n in range(4)]
    for child in writers:
        child.communicate(timeout=100)
        assert child.returncode == 0
    messages = [int(m["Subject"]) for m in mailbox.mbox(tmp_path / "joe")]
    assert sorted(messages) == list(range(400))
    digits = sum(len(str(n)) for n in range(400))
    assert (tmp_path / "joe").stat().st_size == 400 * len(BODY) + digits
    assert not (tmp_path / "joe.lock").exists()


def test_killed_in_the_middle_no_message_is_torn_or_lost(tmp_path):
    done, start = [], 0
    for round_ in range(10):
        with writer(tmp_path, start, 100000, stale=0.0) as child:
            child.stdout.readline()
            time.sleep(0.01 + round_ * 0.007)
            child.send_signal(signal.SIGKILL)
            told = [int(line) for line in child.stdout.read().split("\n") if line]
        done += told
        start = told[-1] + 1 if told else start
    with writer(tmp_path, start, 1, stale=0.0) as child:
        child.communicate(timeout=30)
    messages = list(mailbox.mbox(tmp_path / "joe"))
    assert all(m.get_payload().endswith("end\n") for m in messages)
    subjects = [int(m["Subject"]) for m in messages]
    assert set(done) <= set(subjects)
    assert len(subjects) == len(set(subjects))


def test_half_an_append_is_undone_by_the_next_writer(tmp_path, journal):
    path = tmp_path / "joe"
    put(path, 1, journal)
    whole = path.read_bytes()
    # What a kill between the note and the end of the append leaves behind.
    notes = journal.open(os.stat(path))
    notes.begin(len(whole), MESSAGE % 2)
    notes.close()
    with open(path, "ab") as file:
        file.write((MESSAGE % 2)[:50])
    put(path, 3, journal)
    assert path.read_bytes() == whole + MESSAGE % 3
