import os
import subprocess
import sys
from pathlib import Path

import pytest

from pymaster.master import lock
from pymaster.util.errors import Fatal


@pytest.fixture
def folders(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "q/pid").mkdir(parents=True)
    (tmp_path / "d").mkdir()
    return str(tmp_path / "q"), str(tmp_path / "d")


def test_pid_file_and_release(folders: tuple[str, str]) -> None:
    fds = lock.acquire(*folders)
    assert lock.read_pid(f"{folders[0]}/pid/master.pid") == os.getpid()
    assert lock.holder(folders[0]) == os.getpid()
    for fd in fds:
        os.close(fd)
    assert lock.holder(folders[0]) == 0


def test_second_is_refused_and_told_who_holds_it(folders: tuple[str, str], tmp_path: Path) -> None:
    fds = lock.acquire(*folders)
    (tmp_path / "d2").mkdir()
    link = tmp_path / "link"
    link.symlink_to(folders[0])
    for queue, data in ((folders[0], str(tmp_path / "d2")), (str(link), str(tmp_path / "d2"))):
        code = f"from pymaster.master import lock; lock.acquire({queue!r}, {data!r})"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert f"process {os.getpid()} holds it" in done.stderr
    for fd in fds:
        os.close(fd)


def test_missing_folder_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match=r"open lock file .*No such file"):
        lock.acquire(str(tmp_path / "none"), str(tmp_path))


def test_read_pid_of_nonsense(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\x001234")
    assert lock.read_pid(str(tmp_path / "x")) == 0
    assert lock.read_pid(str(tmp_path / "y")) == 0
