import os
from pathlib import Path

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.server import jail
from pymaster.util.errors import Fatal


def test_without_root_only_the_folder_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.chdir("/")
    jail.enter(Snapshot.from_text(f"queue_directory = {tmp_path}"), chroot=True, unprivileged=True)
    assert os.getcwd() == str(tmp_path)


def test_a_missing_folder_or_user_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match="queue_directory"):
        jail.enter(Snapshot.from_text(f"queue_directory = {tmp_path}/none"), chroot=False, unprivileged=True)
    with pytest.raises(Fatal, match="no such user; `pymaster setup` makes it"):
        jail.identity("nobody-of-this-name")
    with pytest.raises(Fatal, match="must not be root"):
        jail.identity("root")
    with pytest.raises(Fatal, match="no such group; `pymaster setup`"):
        jail.group("nobody-of-this-name")
    assert jail.group("root") == 0


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_as_root_rights_are_gone_for_good(tmp_path: Path) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            snapshot = Snapshot.from_text(f"queue_directory = {tmp_path}\nmail_owner = nobody")
            jail.enter(snapshot, chroot=True, unprivileged=True)
            fine = os.getresuid()[0] != 0 and len(set(os.getresuid())) == 1 and os.getgroups() == []
            os._exit(0 if fine and os.getcwd() == "/" and not os.path.exists("/etc") else 1)
        except BaseException:
            os._exit(2)
    assert os.waitpid(pid, 0)[1] == 0
