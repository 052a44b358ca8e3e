"""hash, btree, lmdb: redirected, rebuilt, or read from the source."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pymaster.tables import TableError, TableSet
from pymaster.tables.base import BaseTable
from pymaster.tables.build import Options, build
from pymaster.tables.indexed import LmdbTable, remove
from pymaster.tables.memory import MemoryTable
from pymaster.util import log

Table = Callable[..., BaseTable]
Write = Callable[..., str]


def age(path: str, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


@pytest.mark.parametrize("kind", ["hash", "btree"])
def test_missing_index_is_made_with_one_line(table: Table, write: Write, sink: log.MemorySink, kind: str) -> None:
    path = write("A b\n")
    found = table(f"{kind}:{path}")
    assert isinstance(found, LmdbTable)
    assert found.get(b"a") == b"b"
    assert sink.text == f"redirecting {kind}:{path} to lmdb:{path}, made from its source\n"
    # The next one finds it made.
    assert table(f"{kind}:{path}").get(b"A") == b"b"
    assert len(sink.lines) == 1


def test_old_index_is_made_anew(table: Table, write: Write) -> None:
    path = write("a old\n")
    build(path, Options())
    write("a new\n")
    age(path + ".lmdb", 10)
    assert table(f"hash:{path}").get(b"a") == b"new"


def test_index_without_source(table: Table, write: Write) -> None:
    path = write("a b\n")
    build(path, Options())
    os.unlink(path)
    assert table(f"hash:{path}").get(b"a") == b"b"
    os.unlink(path + ".lmdb")
    with pytest.raises(TableError, match=r"open database .*/t\.lmdb: No such file or directory"):
        table(f"hash:{path}")


def test_alias_format_is_known_from_the_parameters(table: Table, write: Write) -> None:
    path = write("Root: bob,\n carl\n")
    main_cf = f"alias_maps = hash:{path}"
    assert table(f"hash:{path}", "local_recipient_maps", main_cf).get(b"root") == b"bob, carl"
    os.unlink(path + ".lmdb")
    assert table(f"hash:{path}", "alias_maps").get(b"root") == b"bob, carl"
    os.unlink(path + ".lmdb")
    assert table(f"hash:{path}", "virtual_alias_maps").get(b"root:") == b"bob, carl"


def test_never_in_a_place_that_others_can_write(
    table: Table, write: Write, tmp_path: Path, sink: log.MemorySink
) -> None:
    path = write("a b\n")
    for mode in (0o777, 0o775):
        tmp_path.chmod(mode)
        found = table(f"hash:{path}")
        assert isinstance(found, MemoryTable)
        assert found.get(b"A") == b"b"
    assert f"{tmp_path} can be written by others" in sink.text
    tmp_path.chmod(0o755)
    os.chmod(path, 0o666)
    assert isinstance(table(f"hash:{path}"), MemoryTable)
    assert not os.path.exists(path + ".lmdb")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_never_from_another_user_s_source(table: Table, write: Write, tmp_path: Path) -> None:
    path = write("a b\n")
    os.chown(path, 65534, 65534)
    assert isinstance(table(f"hash:{path}"), MemoryTable)
    os.chown(path, 0, 0)
    os.chown(tmp_path, 65534, 65534)
    assert isinstance(table(f"hash:{path}"), MemoryTable)
    assert not os.path.exists(path + ".lmdb")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_unprivileged_worker_reads_the_source(tables: Callable[..., TableSet], write: Write, tmp_path: Path) -> None:
    path = write("a new\n")
    for folder in list(tmp_path.parents)[:-2]:
        folder.chmod(folder.stat().st_mode | 0o055)
    tmp_path.chmod(0o755)
    os.seteuid(65534)
    try:
        assert tables().open(f"hash:{path}", "virtual_alias_maps").get(b"a") == b"new"
    finally:
        os.seteuid(0)


def test_bad_source_is_read_into_memory(table: Table, write: Write, sink: log.MemorySink) -> None:
    path = write("k" * 600 + " v\na b\n")
    assert table(f"hash:{path}").get(b"a") == b"b"
    assert "reading" in sink.text


def test_lmdb_is_never_made(table: Table, write: Write, sink: log.MemorySink) -> None:
    path = write("a b\n")
    with pytest.raises(TableError):
        table(f"lmdb:{path}")
    build(path, Options())
    age(path + ".lmdb", 1000)
    age(path, 500)
    assert table(f"lmdb:{path}").get(b"a") == b"b"
    assert sink.text == f"warning: database {path}.lmdb is older than source file {path}\n"


def test_rebuild_is_a_change(tables: Callable[..., TableSet], write: Write) -> None:
    made = tables()
    path = write("a b\n")
    build(path, Options())
    maps = made.open(f"lmdb:{path} hash:{path}", "virtual_alias_maps")
    assert made.changed() == []
    write("a c\n")
    build(path, Options())
    assert made.changed() == [f"lmdb:{path}", f"hash:{path}"]
    # The old table stays whole for whoever has it open.
    assert maps.get(b"a") == b"b"
    made.close()


def test_fold(table: Table, write: Write) -> None:
    path = write("A b\n")
    build(path, Options(fold=False))
    found = table(f"lmdb:{path}")
    assert found.get(b"A") is None
    found.folds = False
    assert found.get(b"A") == b"b"
    assert list(found.items()) == [(b"A", b"b")]


def test_remove(write: Write) -> None:
    path = write("a b\nc d\n")
    build(path, Options(nul=False))
    assert remove(path, b"a")
    assert not remove(path, b"a")
    with pytest.raises(FileNotFoundError):
        remove(path + "none", b"a")
