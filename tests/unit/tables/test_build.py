"""Making indexed files."""

import os
import threading
from pathlib import Path

import pytest

from pymaster.tables.base import TableError
from pymaster.tables.build import IGNORE, REPLACE, Options, add, build, collect, encode_files
from pymaster.tables.lmdbfile import LmdbFile
from pymaster.tables.source import Record
from pymaster.util import log


def read(path: str) -> dict[bytes, bytes]:
    file = LmdbFile(path)
    try:
        return dict(file.items())
    finally:
        file.close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "t"
    path.write_text("A one\na two\nb three\n")
    return path


def test_build(source: Path, sink: log.MemorySink) -> None:
    target = build(str(source), Options())
    assert target == f"{source}.lmdb"
    assert read(target) == {b"a": b"one", b"b": b"three"}
    assert sink.text == f'warning: lmdb:{source}: duplicate entry: "a"\n'
    assert os.listdir(source.parent) == ["t.lmdb", "t"] or sorted(os.listdir(source.parent)) == ["t", "t.lmdb"]


def test_duplicates_and_case(source: Path, sink: log.MemorySink) -> None:
    assert read(build(str(source), Options(duplicates=REPLACE)))[b"a"] == b"two"
    assert read(build(str(source), Options(duplicates=IGNORE)))[b"a"] == b"one"
    assert sink.text == ""
    assert read(build(str(source), Options(fold=False))) == {b"A": b"one", b"a": b"two", b"b": b"three"}


def test_modes(source: Path) -> None:
    source.chmod(0o640)
    target = Path(build(str(source), Options()))
    assert target.stat().st_mode & 0o777 == 0o640
    target.chmod(0o604)
    build(str(source), Options())
    assert target.stat().st_mode & 0o777 == 0o604
    target.unlink()
    build(str(source), Options(inherit_mode=False))
    assert target.stat().st_mode & 0o777 == 0o644


def test_never_older_than_its_source(source: Path) -> None:
    os.utime(source, (4e9, 4e9))
    assert os.stat(build(str(source), Options())).st_mtime >= 4e9


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_owner_is_kept(source: Path) -> None:
    target = build(str(source), Options())
    os.chown(target, 65534, 65534)
    build(str(source), Options())
    assert (os.stat(target).st_uid, os.stat(target).st_gid) == (65534, 65534)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_in_place_where_the_directory_cannot_be_written(source: Path) -> None:
    target = build(str(source), Options())
    inode = os.stat(target).st_ino
    os.chown(target, 65534, 65534)
    # Every directory above, too, so that an ordinary user gets here.
    for folder in list(source.parents)[:-2]:
        folder.chmod(folder.stat().st_mode | 0o055)
    source.write_text("c new\n")
    os.seteuid(65534)
    try:
        build(str(source), Options())
    finally:
        os.seteuid(0)
    assert os.stat(target).st_ino == inode
    assert read(target) == {b"c": b"new"}


def test_errors(source: Path, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"^open .*/none: No such file or directory$"):
        build(f"{tmp_path}/none", Options())
    before = build(str(source), Options())
    source.write_text("k" * 600 + " v\n")
    with pytest.raises(TableError, match=r"error updating lmdb:.*/t: MDB_BAD_VALSIZE"):
        build(str(source), Options())
    # The old table is still there, and nothing else.
    assert read(before)[b"a"] == b"one"
    assert sorted(os.listdir(tmp_path)) == ["t", "t.lmdb"]


def test_a_reader_never_sees_half_a_table(tmp_path: Path) -> None:
    source = tmp_path / "t"
    texts = ["".join(f"{n} {word}\n" for n in range(500)) for word in ("old", "new")]
    source.write_text(texts[0])
    build(str(source), Options())
    stop, seen = threading.Event(), set()

    def look() -> None:
        while not stop.is_set():
            entries = read(f"{source}.lmdb")
            seen.add((len(entries), len(set(entries.values()))))

    reader = threading.Thread(target=look)
    reader.start()
    for turn in range(20):
        source.write_text(texts[turn % 2])
        build(str(source), Options())
    stop.set()
    reader.join(20)
    assert seen == {(500, 1)}


def test_aliases(tmp_path: Path) -> None:
    path = tmp_path / "aliases"
    path.write_text("Root: bob,\n  carl\n")
    assert build(str(path), Options(alias=True)) == f"{path}.lmdb"
    found = read(f"{path}.lmdb")
    assert found.pop(b"YP_LAST_MODIFIED").isdigit()
    assert found == {b"root": b"bob, carl", b"@": b"@", b"YP_MASTER_NAME": b"localhost"}


def test_add(source: Path, sink: log.MemorySink) -> None:
    target = build(str(source), Options(duplicates=IGNORE))
    add(str(source), b"a 9\nn 4\n", Options())
    assert sink.text == f'warning: lmdb:{source}: duplicate entry: "a"\n'
    add(str(source), b"a 8\n", Options(duplicates=REPLACE, nul=False))
    add(str(source), b"a 7\n", Options(duplicates=IGNORE))
    assert read(target) == {b"a": b"8", b"b": b"three", b"n": b"4"}


def test_add_makes_the_file(tmp_path: Path) -> None:
    add(str(tmp_path / "x"), b"a: b\n", Options(alias=True))
    assert read(f"{tmp_path}/x.lmdb")[b"a"] == b"b"
    with pytest.raises(TableError):
        add(f"{tmp_path}/none/x", b"a b\n", Options())


def test_file_values(tmp_path: Path, source: Path, sink: log.MemorySink) -> None:
    (tmp_path / "one").write_text("1\n")
    (tmp_path / "two").write_text("2")
    names = f"{tmp_path}/one, {tmp_path}/two".encode()
    assert encode_files(names) == b"MQoKMg=="
    source.write_text(f"k {names.decode()}\nbad {tmp_path}/none\n")
    assert read(build(str(source), Options(files=True))) == {b"k": b"MQoKMg=="}
    assert f"{source}, line 2: open {tmp_path}/none: No such file or directory: skipping this entry" in sink.text


def test_collect_keeps_the_first() -> None:
    records = [Record(1, b"a", b"1"), Record(2, b"a", b"2")]
    assert collect(records, "x", IGNORE) == {b"a": b"1"}


def test_large_tables_outgrow_the_first_map(tmp_path: Path) -> None:
    source = tmp_path / "t"
    source.write_text("".join(f"{n:06d} {'v' * 100}\n" for n in range(20_000)))
    assert len(read(build(str(source), Options(map_size=1 << 16)))) == 20_000
