"""Rights and ways to the queue."""

import os
from pathlib import Path

import pytest

from pymaster.commands import queueaccess
from pymaster.config.snapshot import Snapshot
from pymaster.store.contract import Insert
from pymaster.util.errors import Fatal
from tests.queues import message, open_queue


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    (tmp_path / "main.cf").write_text(f"queue_directory = {tmp_path}\n")
    return queueaccess.load(str(tmp_path))


def test_sockets(snapshot: Snapshot, tmp_path: Path) -> None:
    assert queueaccess.socket_of(snapshot, "queue_service_name") == f"{tmp_path}/public/qmgr"
    assert queueaccess.socket_of(snapshot, "showq_service_name") == f"{tmp_path}/public/showq"


def test_no_queue(snapshot: Snapshot) -> None:
    with pytest.raises(Fatal):
        queueaccess.open_queue(snapshot)


def test_owner_opens(snapshot: Snapshot, tmp_path: Path) -> None:
    queue = open_queue(tmp_path)
    queue.commit([Insert(message("A1"))])
    queue.close()
    assert queueaccess.is_privileged(snapshot)
    reader = queueaccess.open_queue(snapshot)
    assert reader.count() == 1
    reader.close()


@pytest.mark.root
def test_root_becomes_the_owner(snapshot: Snapshot, tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("needs root to give up")
    open_queue(tmp_path).close()
    for path in (tmp_path / "queue", *(tmp_path / "queue").iterdir()):
        os.chown(path, 65534, 65534)
    pid = os.fork()
    if not pid:
        queueaccess.become_owner(snapshot)
        os._exit(0 if os.getresuid() == (65534,) * 3 and os.getresgid() == (65534,) * 3 and not os.getgroups() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.root
def test_strangers_are_refused(snapshot: Snapshot, tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("needs root to become a stranger")
    open_queue(tmp_path).close()
    os.chmod(tmp_path, 0o755)
    pid = os.fork()
    if not pid:
        os.setresuid(65534, 65534, 65534)
        try:
            queueaccess.become_owner(snapshot)
        except Fatal:
            os._exit(2 if queueaccess.is_privileged(snapshot) else 0)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.root
def test_lists_of_users(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("needs root to become a stranger")
    os.chmod(tmp_path, 0o755)
    (tmp_path / "main.cf").write_text(f"queue_directory = {tmp_path}\nauthorized_mailq_users = root, bin\n")
    snapshot = queueaccess.load(str(tmp_path))
    queueaccess.permit(snapshot, "authorized_mailq_users", "view")
    for uid, status in ((2, 0), (65534, 1)):
        pid = os.fork()
        if not pid:
            os.setresuid(uid, uid, uid)
            try:
                queueaccess.permit(snapshot, "authorized_flush_users", "flush")
                queueaccess.permit(snapshot, "authorized_mailq_users", "view")
            except queueaccess.NotPermitted as exc:
                os._exit(1 if str(exc) == "User nobody(65534) is not allowed to view the mail queue" else 2)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == status
