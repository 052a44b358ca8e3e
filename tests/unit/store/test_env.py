"""One LMDB environment: rights, rules of use, faults of the disk."""

import fcntl
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pymaster.store.contract import QueueFull, StoreUnavailable
from pymaster.store.env import AMPLE, Env
from pymaster.util.errors import Fatal, Panic

NAMES = ("one", "two")


@pytest.fixture
def env(tmp_path: Path) -> Iterator[Env]:
    made = Env(str(tmp_path / "q"), NAMES, create=True)
    yield made
    made.close()


def put(env: Env, key: bytes = b"k", value: bytes = b"v") -> Callable[[Any], Any]:
    return lambda txn: txn.put(key, value, db=env.tables["one"])


def get(env: Env, key: bytes = b"k") -> Any:
    with env.read() as txn:
        return txn.get(key, db=env.tables["one"])


def test_rights_and_descriptors(env: Env) -> None:
    assert stat.S_IMODE(os.stat(env.path).st_mode) == 0o700
    inodes = set()
    for name in ("data.mdb", "lock.mdb"):
        found = os.stat(os.path.join(env.path, name))
        inodes.add((found.st_dev, found.st_ino))
        assert stat.S_IMODE(found.st_mode) == 0o600
    ours = [int(fd) for fd in os.listdir("/proc/self/fd") if _inode(int(fd)) in inodes]
    assert len(ours) >= 3
    for fd in ours:
        assert fcntl.fcntl(fd, fcntl.F_GETFD) & fcntl.FD_CLOEXEC, os.readlink(f"/proc/self/fd/{fd}")


def _inode(fd: int) -> tuple[int, int]:
    try:
        found = os.fstat(fd)
        return found.st_dev, found.st_ino
    except OSError:
        return 0, 0


def test_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        Env(str(tmp_path / "q"), NAMES)
    with pytest.raises(StoreUnavailable):
        Env(str(tmp_path / "q"), NAMES, readonly=True)


def test_a_queue_is_not_made_in_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        Env(str(tmp_path / "var" / "spool" / "queue"), NAMES, create=True)


def test_write_and_undo(env: Env) -> None:
    env.write(put(env))
    assert get(env) == b"v"

    def fails(txn: Any) -> None:
        put(env, value=b"other")(txn)
        raise KeyError("stop")

    with pytest.raises(KeyError):
        env.write(fails)
    assert get(env) == b"v"


def test_a_second_opening_in_one_process_is_refused(env: Env) -> None:
    with pytest.raises(StoreUnavailable):
        Env(env.path, NAMES)


def test_use_after_fork_is_refused(env: Env) -> None:
    pid = os.fork()
    if not pid:
        caught = 0
        for use in (env.read, lambda: env.write(put(env)), env.reader_check):
            try:
                use()
            except Panic:
                caught += 1
        os._exit(caught)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3


def test_mark_tells_when_a_transaction_is_open(env: Env) -> None:
    marks: list[int] = []
    env.mark = marks.append
    env.write(lambda txn: marks.append(-1))
    assert marks[0] > 0
    assert marks[1:] == [-1, 0]


def test_a_replaced_lock_file_is_fatal(env: Env, tmp_path: Path) -> None:
    lock = Path(env.path, "lock.mdb")
    lock.rename(tmp_path / "old")
    lock.write_bytes((tmp_path / "old").read_bytes())
    with pytest.raises(Fatal, match="replaced"):
        env.write(put(env))


def test_a_removed_lock_file_is_fatal(env: Env) -> None:
    os.unlink(os.path.join(env.path, "lock.mdb"))
    with pytest.raises(Fatal, match="replaced"):
        env.write(put(env))


def test_full_map_refuses_and_goes_on(tmp_path: Path) -> None:
    env = Env(str(tmp_path / "q"), NAMES, create=True, map_size=256 << 10)
    with pytest.raises(QueueFull):
        env.write(put(env, value=bytes(400_000)))
    for number in range(50):
        try:
            env.write(put(env, b"%d" % number, bytes(20_000)))
        except QueueFull:
            break
    assert number > 3
    env.write(lambda txn: txn.delete(b"0", db=env.tables["one"]))
    env.write(put(env))
    assert get(env) == b"v"
    env.close()


GROW = """
import sys
sys.path.insert(0, sys.argv[2])
from pymaster.store.env import AMPLE, Env
env = Env(sys.argv[1], ("one", "two"), map_size=64 << 20)
env.write(lambda txn: txn.put(b"big", bytes(8 << 20), db=env.tables["one"]))
"""


def test_a_map_grown_elsewhere_is_adopted(tmp_path: Path) -> None:
    env = Env(str(tmp_path / "q"), NAMES, create=True, map_size=1 << 20)
    root = str(Path(__file__).resolve().parents[3])
    subprocess.run([sys.executable, "-c", GROW, env.path, root], check=True)
    assert len(get(env, b"big")) == 8 << 20
    env.write(put(env))
    env.close()


HOLD = """
import os, sys, time
sys.path.insert(0, sys.argv[2])
from pymaster.store.env import AMPLE, Env
env = Env(sys.argv[1], ("one", "two"))
held = [env.read() for _ in range(int(sys.argv[3]))]
print("ready", flush=True)
time.sleep(60)
"""


def test_dead_readers_are_freed(env: Env) -> None:
    root = str(Path(__file__).resolve().parents[3])
    command = [sys.executable, "-c", HOLD, env.path, root, "511"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        with env.read():
            pass
        child.send_signal(signal.SIGKILL)
    # The slots of the dead are full; the next reader clears them by itself.
    held = [env.read() for _ in range(20)]
    held.clear()
    assert env.reader_check() == 0


def test_too_many_living_readers(env: Env) -> None:
    held = []
    with pytest.raises(StoreUnavailable):
        for _ in range(600):
            held.append(env.read())
    held.clear()
    assert get(env) is None


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid():
        pytest.skip("needs root to mount a small file system")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], check=True)
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.root
def test_full_disk_refuses_and_recovers(small_disk: Path) -> None:
    env = Env(str(small_disk / "q"), NAMES, create=True)
    stored = 0
    with pytest.raises(QueueFull):
        for number in range(100):
            env.write(put(env, b"%03d" % number, bytes(100_000)))
            stored += 1
    assert stored > 5
    with env.read() as txn:
        assert txn.stat(env.tables["one"])["entries"] == stored
    for number in range(stored):
        env.write(lambda txn, n=number: txn.delete(b"%03d" % n, db=env.tables["one"]))  # type: ignore[misc]
    for number in range(3):
        env.write(put(env, b"new%d" % number, bytes(100_000)))
    assert len(get(env, b"new2")) == 100_000
    env.close()


def test_room_is_looked_at_again_when_it_is_scarce(env: Env, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    room = [AMPLE * 2]
    monkeypatch.setattr(Env, "free", lambda self: looked.append(1) or room[0])
    monkeypatch.setattr(Env, "spare", lambda self: 0)
    assert env.has_room(1000) and env.has_room(1000)
    assert len(looked) == 1
    assert not env.has_room(AMPLE * 3) and len(looked) == 2
    room[0] = 5000
    env._free_until = 0.0
    assert env.has_room(1000) and not env.has_room(6000)
    assert len(looked) == 4


def test_what_was_deleted_is_room_again(env: Env, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Env, "free", lambda self: 1000)
    for number in range(20):
        env.write(put(env, b"%03d" % number, bytes(100_000)))
    assert not env.has_room(500_000)
    for number in range(20):
        env.write(lambda txn, n=number: txn.delete(b"%03d" % n, db=env.tables["one"]))  # type: ignore[misc]
    assert 1_900_000 < env.spare() < 2_500_000
    assert env.has_room(500_000) and not env.has_room(5_000_000)
