import errno
import mailbox
import os
import signal
import subprocess
import sys
import time

import pytest

from pymaster.store import maildir, safeopen
from pymaster.store.maildir import Item, Maildirs
from tests.conftest import ROOT


def item(path, number=0, body=b"Subject: x\n\nhello\n", queue_id="ABC1", arrival=1_700_000_000.5, limit=0):
    return Item(str(path), queue_id, number, arrival, lambda: iter((body,)), limit)


@pytest.fixture
def boxes():
    made = Maildirs("host.example")
    yield made
    made.close()


def test_delivers_and_makes_the_folders(boxes, tmp_path):
    (placed,) = boxes.deliver([item(tmp_path / "joe" / "Maildir/")])
    assert placed.error is None and not placed.again
    path = tmp_path / "joe/Maildir/new/1700000000.QABC1R0.host.example,S=18,W=21"
    assert path.read_bytes() == b"Subject: x\n\nhello\n"
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert sorted(os.listdir(tmp_path / "joe/Maildir")) == ["cur", "new", "tmp"]
    assert os.listdir(tmp_path / "joe/Maildir/tmp") == []
    (message,) = mailbox.Maildir(tmp_path / "joe/Maildir")
    assert message["Subject"] == "x"


def test_a_batch_over_several_folders(boxes, tmp_path):
    placed = boxes.deliver([item(tmp_path / f"m{n % 5}/", n) for n in range(40)])
    assert all(p.error is None for p in placed)
    assert sum(len(os.listdir(tmp_path / f"m{n}/new")) for n in range(5)) == 40


def test_a_retry_finds_the_message_in_new_and_in_cur(boxes, tmp_path):
    box = tmp_path / "m/"
    boxes.deliver([item(box)])
    other = Maildirs("host.example")
    assert other.deliver([item(box)])[0].again
    name = os.listdir(box / "new")[0]
    os.rename(box / "new" / name, box / "cur" / f"{name}:2,S")
    assert other.deliver([item(box)])[0].again
    assert other.deliver([item(box)])[0].again
    assert os.listdir(box / "new") == []
    other.close()


def test_an_immediate_retry_replaces_the_same_bytes(boxes, tmp_path):
    now = time.time()
    for _ in range(2):
        boxes.deliver([item(tmp_path / "m/", arrival=now)])
    assert len(os.listdir(tmp_path / "m/new")) == 1


def test_one_failure_does_not_disturb_the_others(boxes, tmp_path):
    def broken():
        yield b"half"
        raise OSError(errno.EIO, "gone")

    bad = Item(str(tmp_path / "a/"), "Q2", 0, 1.0, broken)
    placed = boxes.deliver([item(tmp_path / "a/"), bad, item(tmp_path / "b/", limit=3), item(tmp_path / "c/")])
    assert [p.error.errno if p.error else 0 for p in placed] == [0, errno.EIO, errno.EFBIG, 0]
    assert len(os.listdir(tmp_path / "a/new")) == 1
    assert os.listdir(tmp_path / "a/tmp") == os.listdir(tmp_path / "b/tmp") == []


@pytest.mark.parametrize("part", ["tmp", "new", "cur"])
def test_a_link_in_the_place_of_a_part_is_refused(boxes, tmp_path, part):
    box, trap = tmp_path / "m", tmp_path / "trap"
    box.mkdir()
    trap.mkdir()
    (box / part).symlink_to(trap)
    (placed,) = boxes.deliver([item(box)])
    assert isinstance(placed.error, safeopen.Unsafe)
    assert os.listdir(trap) == []


def test_a_maildir_made_anew_is_noticed(boxes, tmp_path):
    boxes.deliver([item(tmp_path / "m/")])
    os.rename(tmp_path / "m", tmp_path / "old")
    boxes.deliver([item(tmp_path / "m/", 1)])
    assert len(os.listdir(tmp_path / "m/new")) == len(os.listdir(tmp_path / "old/new")) == 1
    os.rename(tmp_path / "m/new", tmp_path / "m/gone")
    boxes.deliver([item(tmp_path / "m/", 2)])
    assert len(os.listdir(tmp_path / "m/new")) == 1


def test_a_flush_that_fails_says_no(boxes, tmp_path, monkeypatch):
    class Bad:
        def flush(self, fds):
            raise OSError(errno.EIO, "bad disk")

    monkeypatch.setattr(boxes, "_flusher", Bad())
    placed = boxes.deliver([item(tmp_path / "m/"), item(tmp_path / "m/", 1)])
    assert [p.error.errno for p in placed] == [errno.EIO, errno.EIO]
    assert os.listdir(tmp_path / "m/tmp") == os.listdir(tmp_path / "m/new") == []


def test_old_files_in_tmp_are_collected(tmp_path):
    (tmp_path / "m/tmp").mkdir(parents=True)
    old, young = tmp_path / "m/tmp/old", tmp_path / "m/tmp/young"
    for path in (old, young):
        path.write_bytes(b"x")
    os.utime(old, (1, 1))
    boxes = Maildirs("h")
    boxes.deliver([item(tmp_path / "m/")])
    boxes.close()
    assert os.listdir(tmp_path / "m/tmp") == ["young"]


def test_open_folders_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(maildir, "KEPT", 3)
    boxes = Maildirs("h")
    before = len(os.listdir("/proc/self/fd"))
    for n in range(10):
        boxes.deliver([item(tmp_path / f"m{n}/")])
    assert len(os.listdir("/proc/self/fd")) <= before + 9
    boxes.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_host_name_has_no_separators(tmp_path):
    boxes = Maildirs("a/b:c")
    boxes.deliver([item(tmp_path / "m/")])
    boxes.close()
    assert os.listdir(tmp_path / "m/new") == ["1700000000.QABC1R0.a\\057b\\072c,S=18,W=21"]


WRITER = """
import sys, time
from pymaster.store.maildir import Item, Maildirs
boxes = Maildirs("h")
n = int(sys.argv[2])
body = b"Subject: x\\n\\n" + b"y" * 20000 + b"\\nend\\n"
print("go", flush=True)
while True:
    batch = [Item(sys.argv[1], f"Q{n + k}", 0, 1.0, lambda: iter((body[:9000], body[9000:]))) for k in range(8)]
    if all(p.error is None for p in boxes.deliver(batch)):
        print(n, flush=True)
        n += 8
"""


def test_killed_in_the_middle_nothing_is_torn_lost_or_double(tmp_path):
    box, done, start = tmp_path / "m", [], 0
    for round_ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(box), str(start)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        ) as child:
            child.stdout.readline()
            time.sleep(0.02 + round_ * 0.013)
            child.send_signal(signal.SIGKILL)
            told = [int(line) for line in child.stdout.read().split("\n") if line]
        done += told
        # A retry begins with the batch that nobody knows the fate of.
        start = (told[-1] + 8) if told else start
    names = sorted(os.listdir(box / "new"))
    assert len(names) == len({name.split(".")[1] for name in names})
    for name in names:
        assert (box / "new" / name).read_bytes().endswith(b"\nend\n")
    here = {name.split(".")[1] for name in names}
    assert {f"QQ{n + k}R0" for n in done for k in range(8)} <= here


def test_sizes_in_the_name_count_line_ends_as_they_are_sent(boxes, tmp_path):
    def blocks():
        yield b"a\nb\r"
        yield b"\nc\r\nd\n"

    (placed,) = boxes.deliver([Item(str(tmp_path / "m/"), "Q", 0, 1.0, blocks)])
    assert placed.name.endswith(",S=10,W=12")


def test_a_mailbox_that_is_read_gets_the_digest_and_another_does_not(boxes, tmp_path):
    read, unread = tmp_path / "read", tmp_path / "unread"
    boxes.deliver([item(read), item(unread)])
    (read / "pymaster.log").write_bytes(b"")
    (placed,) = boxes.deliver([item(read, 2)])
    boxes.deliver([item(unread, 2)])
    assert placed.name.encode() in (read / "pymaster.cache").read_bytes()
    assert not (unread / "pymaster.cache").exists()
