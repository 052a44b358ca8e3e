"""What is put in the place of a small file is neither followed nor in the way."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pymaster.store.mailbox.plainfile import open_plain, set_aside
from pymaster.util import log


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "in").mkdir()
    fd = os.open(tmp_path / "in", os.O_RDONLY)
    yield fd
    os.close(fd)


def link(path: Path) -> None:
    (path.parent.parent / "outside").write_text("secret")
    path.symlink_to(path.parent.parent / "outside")


def loop(path: Path) -> None:
    path.symlink_to(path)


def full(path: Path) -> None:
    path.mkdir()
    (path / "x").touch()


@pytest.mark.parametrize("make", [link, loop, Path.mkdir, full, os.mkfifo])
@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_CREAT | os.O_TRUNC])
def test_what_is_no_file_is_set_aside(
    tmp_path: Path, folder: int, make: Callable[[Path], None], flags: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = log.MemorySink()
    monkeypatch.setattr(log.LOG, "sink", sink)
    for _ in range(2):
        make(tmp_path / "in" / "file")
        if flags & os.O_CREAT:
            os.close(open_plain(folder, "file", flags))
            (tmp_path / "in" / "file").unlink()
        else:
            with pytest.raises(FileNotFoundError):
                open_plain(folder, "file", flags)
    assert "\n".join(map(str, sink.lines)).count("/in/file: no plain file, set aside") == 2
    assert sum(name.startswith("file.damaged") for name in os.listdir(tmp_path / "in")) in (1, 2)
    assert not (tmp_path / "outside").exists() or (tmp_path / "outside").read_text() == "secret"


def test_a_file_is_opened(tmp_path: Path, folder: int) -> None:
    (tmp_path / "in" / "file").write_text("x")
    fd = open_plain(folder, "file", os.O_RDONLY)
    assert os.read(fd, 10) == b"x" and not os.get_inheritable(fd)
    os.close(fd)
    with pytest.raises(FileNotFoundError):
        open_plain(folder, "none", os.O_RDONLY)


def test_nothing_to_set_aside(folder: int) -> None:
    set_aside(folder, "none", "gone")


def test_a_folder_that_cannot_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "file").symlink_to("/etc/passwd")
    monkeypatch.setattr(os, "rename", refuse)
    fd = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(PermissionError):
            open_plain(fd, "file", os.O_RDONLY)
    finally:
        os.close(fd)
