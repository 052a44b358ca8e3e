"""Folding, watching files, broken tables."""

import os
from pathlib import Path

import pytest

from pymaster.tables.base import BaseTable, BrokenTable, MissingWatch, TableError, Watch, fold, open_source, read_source
from pymaster.util import log
from pymaster.util.errors import LookupFailed


def test_fold() -> None:
    assert fold(b"User@EXAMPLE") == b"user@example"
    assert fold("\u00c9X".encode()) == "\u00e9x".encode()
    assert fold(b"A\xff") == b"a\xff"


def test_watch_sees_every_kind_of_change(tmp_path: Path) -> None:
    path = tmp_path / "x"

    def watched() -> Watch:
        path.write_text("a")
        watch = Watch(str(path))
        assert watch.read() == b"a"
        assert not watch.changed()
        return watch

    for change in (
        lambda: path.write_text("bb"),
        lambda: path.unlink(),
        lambda: os.replace(_other(tmp_path), path),
        lambda: os.rename(path, tmp_path / "x~"),
    ):
        watch = watched()
        change()
        assert watch.changed()
        watch.close()
        assert not watch.changed()


def _other(folder: Path) -> Path:
    other = folder / "other"
    other.write_text("a")
    return other


def test_missing_watch(tmp_path: Path) -> None:
    watch = MissingWatch(str(tmp_path / "x"))
    assert not watch.changed()
    (tmp_path / "x").touch()
    assert watch.changed()


def test_broken_table_fails_every_use(tmp_path: Path) -> None:
    sink = log.MemorySink()
    log.setup(sink, "test")
    table = BrokenTable("hash:/x", "open database /x.lmdb: No such file or directory", str(tmp_path / "x"))
    with pytest.raises(LookupFailed):
        table.get(b"a")
    assert sink.text == "warning: hash:/x is unavailable. open database /x.lmdb: No such file or directory\n"
    assert not table.changed()
    (tmp_path / "x").touch()
    assert table.changed()


def test_sources_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"^open .*/none: No such file or directory$"):
        open_source(f"{tmp_path}/none")
    with pytest.raises(TableError, match=r"^read .*: Is a directory$"):
        read_source(open_source(str(tmp_path)))


def test_types_without_order() -> None:
    with pytest.raises(TableError, match="table x: sequence operation is not supported"):
        BaseTable("x").items()
