"""LMDB files as Postfix keeps them."""

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import lmdb
import pytest

from pymaster.tables import lmdbfile
from pymaster.tables.base import TableError
from pymaster.tables.lmdbfile import LmdbFile, change, clear, find, locked, put
from pymaster.util.errors import LookupFailed


def made(folder: Path, entries: dict[bytes, bytes], nul: bool = True, name: str = "t.lmdb") -> str:
    path = str(folder / name)

    def work(txn: lmdb.Transaction) -> None:
        for key, value in entries.items():
            put(txn, key, value, nul=nul)

    change(path, 1 << 20, work)
    return path


@pytest.mark.parametrize("nul", [True, False])
def test_keys_with_and_without_nul(tmp_path: Path, nul: bool) -> None:
    file = LmdbFile(made(tmp_path, {b"a": b"1", b"YP_LAST_MODIFIED": b"7"}, nul))
    assert [file.get(key) for key in (b"a", b"b", b"", b"k" * 511, b"k" * 510)] == [b"1", None, None, None, None]
    assert dict(file.items()) == {b"a": b"1", b"YP_LAST_MODIFIED": b"7"}
    with file.env.begin() as txn:
        assert txn.get(b"a\0" if nul else b"a") == (b"1\0" if nul else b"1")
        assert txn.get(b"YP_LAST_MODIFIED") == b"7"
    file.close()


def test_items_page_through_large_tables(tmp_path: Path) -> None:
    entries = {b"%05d" % n: b"v" for n in range(2500)}
    file = LmdbFile(made(tmp_path, entries))
    assert dict(file.items()) == entries
    file.close()
    file = LmdbFile(made(tmp_path, {}, name="empty.lmdb"))
    assert list(file.items()) == []


def test_one_object_per_file(tmp_path: Path) -> None:
    path = made(tmp_path, {b"a": b"1"})
    first = LmdbFile.shared(path)
    assert LmdbFile.shared(path) is first
    os.link(path, tmp_path / "other")
    assert LmdbFile.shared(str(tmp_path / "other")) is first


def test_what_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x" * 8192)
    with pytest.raises(TableError, match="open database"):
        LmdbFile(str(tmp_path / "x"))
    with pytest.raises(FileNotFoundError):
        LmdbFile(str(tmp_path / "none"))


HOLD = """
import fcntl, os, sys
fd = os.open(sys.argv[1], os.O_RDWR)
fcntl.lockf(fd, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
"""


def test_a_writer_s_lock_is_waited_for_but_not_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path, {b"a": b"1"})
    file = LmdbFile(path)
    monkeypatch.setattr(lmdbfile, "LOCK_WAIT", 0.2)
    with subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=-1, stdout=-1) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        other.stdout.readline()
        begin = time.monotonic()
        with pytest.raises(LookupFailed):
            file.get(b"a")
        assert time.monotonic() - begin < 5
        other.stdin.close()
    assert file.get(b"a") == b"1"
    file.close()


def test_readers_lock_while_they_read(tmp_path: Path) -> None:
    path = made(tmp_path, {b"a": b"1"})
    file = LmdbFile(path)
    file.get(b"a")
    # And give the lock back: another program can have it at once.
    code = "import fcntl,os,sys; fcntl.lockf(os.open(sys.argv[1], os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    assert subprocess.run([sys.executable, "-c", code, path]).returncode == 0
    file.close()


GROW = """
import sys
from pymaster.tables.lmdbfile import change, locked, put
with locked(sys.argv[1]):
    change(sys.argv[1], 1 << 20, lambda txn: [put(txn, b"%06d" % n, b"v" * 300) for n in range(20000)])
"""


def test_growth_by_another_program_is_seen(tmp_path: Path) -> None:
    path = made(tmp_path, {b"a": b"1"})
    file = LmdbFile(path)
    assert file.get(b"000001") is None
    root = str(Path(__file__).resolve().parents[3])
    subprocess.run([sys.executable, "-c", GROW, path], check=True, env={"PYTHONPATH": root})
    assert file.get(b"019999") == b"v" * 300
    assert file.get(b"a") == b"1"
    file.close()


def test_change_and_find(tmp_path: Path) -> None:
    path = made(tmp_path, {b"a": b"1"}, nul=False)
    seen: list[bytes | None] = []

    def work(txn: lmdb.Transaction) -> None:
        seen.extend([find(txn, b"a"), find(txn, b"b")])
        clear(txn)
        seen.append(find(txn, b"a"))

    with locked(path):
        change(path, 1 << 20, work)
    assert seen == [b"a", None, None]
    with pytest.raises(TableError, match="MDB_BAD_VALSIZE"):
        change(path, 1 << 20, lambda txn: put(txn, b"k" * 600, b"v"))


def test_lock_is_exclusive(tmp_path: Path) -> None:
    path = made(tmp_path, {})
    code = "import fcntl,os,sys; fcntl.lockf(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_SH | fcntl.LOCK_NB)"
    with locked(path):
        assert subprocess.run([sys.executable, "-c", code, path], stderr=subprocess.DEVNULL).returncode != 0
    assert subprocess.run([sys.executable, "-c", code, path]).returncode == 0
    assert fcntl.LOCK_EX


def test_lookups_are_quick(tmp_path: Path) -> None:
    file = LmdbFile(made(tmp_path, {b"%05d" % n: b"v" for n in range(1000)}))
    begin = time.process_time()
    for _ in range(10_000):
        file.get(b"00500")
    # Five times the goal of 5 us, for a busy machine.
    assert (time.process_time() - begin) / 10_000 < 25e-6
    file.close()
