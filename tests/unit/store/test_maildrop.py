"""The maildrop folder; what lies in it is not trusted."""

import os
from pathlib import Path

import pytest

from pymaster.store.maildrop import Maildrop
from pymaster.util import log


def test_names_content_remove(tmp_path: Path) -> None:
    drop = Maildrop(str(tmp_path))
    for name in ("2", "1", ".unfinished"):
        (tmp_path / name).write_bytes(name.encode() * 100_000)
    assert drop.names() == ["1", "2"]
    with drop.open("1") as (uid, blocks):
        assert uid == os.getuid() and b"".join(blocks) == b"1" * 100_000
    drop.remove("1")
    drop.set_aside("2", "broken")
    assert drop.names() == [] and (tmp_path / ".bad-2").exists()


def test_traps(tmp_path: Path) -> None:
    drop = Maildrop(str(tmp_path))
    (tmp_path / "file").write_bytes(b"x")
    os.link(tmp_path / "file", tmp_path / "hard")
    os.symlink("/etc/passwd", tmp_path / "soft")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "dir").mkdir()
    for name in drop.names():
        with pytest.raises(OSError), drop.open(name):
            raise AssertionError(name)


def test_trouble_is_logged(tmp_path: Path) -> None:
    sink = log.MemorySink()
    log.setup(sink, "test")
    drop = Maildrop(str(tmp_path / "none"))
    assert drop.names() == []
    drop.remove("x")
    drop.set_aside("x", "y")
    assert len(sink.lines) == 4
