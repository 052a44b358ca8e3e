"""Without a running master; with one it is tests/system/test_supervisor.py."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pymaster.commands import postfix
from pymaster.config.snapshot import Snapshot
from pymaster.util import log
from pymaster.util.errors import Fatal


@pytest.fixture(autouse=True)
def restore() -> Iterator[None]:
    sink, tag = log.LOG.sink, log.LOG.tag
    yield
    log.LOG.sink, log.LOG.tag = sink, tag


@pytest.fixture
def directory(tmp_path: Path) -> str:
    (tmp_path / "q").mkdir()
    main = f"queue_directory = {tmp_path}/q\ndata_directory = {tmp_path}/d\nmaillog_file = {tmp_path}/log\n"
    (tmp_path / "main.cf").write_text(main + "compatibility_level = 3.6\nmail_owner = nobody\nsetgid_group = mail\n")
    (tmp_path / "master.cf").write_text("")
    return str(tmp_path)


@pytest.mark.parametrize(
    ("command", "status", "text"),
    [
        ("status", 1, "postfix/postfix-script: the Postfix mail system is not running\n"),
        ("stop", 1, "postfix/postfix-script: fatal: the Postfix mail system is not running\n"),
        ("abort", 1, "postfix/postfix-script: fatal: the Postfix mail system is not running\n"),
        ("reload", 1, "postfix/postfix-script: fatal: the Postfix mail system is not running\n"),
        ("flush", 1, "postfix/postfix-script: fatal: the Postfix mail system is not running\n"),
        ("check", 0, ""),
        (
            "upgrade-configuration",
            0,
            "postfix/postfix-script: upgrade-configuration: nothing to do, the configuration is used as it is\n",
        ),
        ("dance", 1, "postfix: fatal: unknown command: dance\n"),
    ],
)
def test_literal_lines(
    directory: str, command: str, status: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert postfix.main(["-c", directory, command]) == status
    err = capsys.readouterr().err
    if command == "check":
        err = "".join(line for line in err.split("\n") if "not owned" not in line)
    assert err == text


def test_usage_and_a_broken_configuration(directory: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert postfix.main([]) == 1
    assert "usage: postfix" in capsys.readouterr().err
    Path(directory, "master.cf").write_text("bad\n")
    assert postfix.main(["-c", directory, "check"]) == 1
    assert "master.cf, line 1" in capsys.readouterr().err


def test_old_defaults_are_told(directory: str, capsys: pytest.CaptureFixture[str]) -> None:
    main_cf = os.path.join(directory, "main.cf")
    with open(main_cf, "a", encoding="utf-8") as file:
        file.write("compatibility_level = 2\n")
    assert postfix.main(["-c", directory, "check"]) == 0
    assert "postfix: Postfix is using backwards-compatible default settings\n" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become a stranger")
def test_somebody_else_s_mail_system(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("q")
    for place in (folder, *folder.parents[:2]):
        place.chmod(0o755)
    snapshot = Snapshot.from_text(f"queue_directory = {folder}\n")
    postfix.reserved(snapshot)
    pid = os.fork()
    if not pid:
        os.setresuid(65534, 65534, 65534)
        try:
            postfix.reserved(snapshot)
        except Fatal as exc:
            os._exit(7 if "reserved for the superuser" in str(exc) else 1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
