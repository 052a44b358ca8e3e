import os

import pytest

from pymaster.store import safeopen
from pymaster.store.safeopen import Demand, Unsafe


@pytest.fixture
def folder(tmp_path):
    fd = safeopen.open_directory(str(tmp_path))
    yield tmp_path, fd
    os.close(fd)


def append(fd, name, **demand):
    made, fresh = safeopen.open_append(fd, name, Demand(**demand))
    os.close(made)
    return fresh


def test_new_file_is_private_and_old_one_is_found_again(folder):
    path, fd = folder
    assert append(fd, "box") is True
    assert os.stat(path / "box").st_mode & 0o777 == 0o600
    assert append(fd, "box", owner=os.geteuid()) is False


def test_links_devices_folders_and_strangers_are_refused(folder):
    path, fd = folder
    (path / "real").write_bytes(b"")
    (path / "link").symlink_to(path / "real")
    (path / "dangling").symlink_to(path / "nowhere")
    os.link(path / "real", path / "hard")
    os.mkfifo(path / "fifo")
    (path / "dir").mkdir()
    for name, words in (
        ("link", "symbolic link"),
        ("dangling", "symbolic link"),
        ("real", "2 hard links"),
        ("fifo", "not a regular file"),
    ):
        with pytest.raises(Unsafe, match=words):
            append(fd, name)
    with pytest.raises(OSError):
        append(fd, "dir")
    assert not (path / "nowhere").exists()
    (path / "other").write_bytes(b"")
    with pytest.raises(Unsafe, match="not owned by recipient"):
        append(fd, "other", owner=os.geteuid() + 1)


def test_special_files_where_they_are_welcome():
    fd = safeopen.open_directory("/dev")
    try:
        assert append(fd, "null", special=True) is False
    finally:
        os.close(fd)


def test_split():
    assert safeopen.split("/var/mail/joe") == ("/var/mail", "joe")
    assert safeopen.split("/joe") == ("/", "joe")
    assert safeopen.split("joe") == (".", "joe")
    for bad in ("/var/mail/", "/a/..", ".", "", "/a/b\0c"):
        with pytest.raises(Unsafe):
            safeopen.split(bad)


def test_directory_link_is_not_followed_unless_asked(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "l").symlink_to("d")
    with pytest.raises(OSError):
        safeopen.open_directory(str(tmp_path / "l"))
    os.close(safeopen.open_directory(str(tmp_path / "l"), follow=True))


def test_read_bounded(tmp_path):
    file = tmp_path / ".forward"
    file.write_bytes(b"x" * 100)
    data, found, folder = safeopen.read_bounded(str(file), 100)
    assert data == b"x" * 100 and found.st_size == 100 and folder.st_ino == os.stat(tmp_path).st_ino
    with pytest.raises(Unsafe, match="larger"):
        safeopen.read_bounded(str(file), 99)
    (tmp_path / "l").symlink_to(file)
    with pytest.raises(Unsafe, match="symbolic link"):
        safeopen.read_bounded(str(tmp_path / "l"), 100)
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(Unsafe, match="regular"):
        safeopen.read_bounded(str(tmp_path / "fifo"), 100)
    with pytest.raises(FileNotFoundError):
        safeopen.read_bounded(str(tmp_path / "no"), 1)


def test_make_directories(tmp_path):
    safeopen.make_directories(str(tmp_path / "a" / "b" / "c"))
    assert (tmp_path / "a/b/c").is_dir() and os.stat(tmp_path / "a/b").st_mode & 0o777 == 0o700
    safeopen.make_directories(str(tmp_path / "a" / "b" / "c"))
