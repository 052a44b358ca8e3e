import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pymaster.commands import cmdlog
from pymaster.config.snapshot import Snapshot
from pymaster.util import log


@pytest.fixture(autouse=True)
def restore() -> Iterator[None]:
    sink, tag = log.LOG.sink, log.LOG.tag
    yield
    log.LOG.sink, log.LOG.tag = sink, tag


def test_a_file_that_may_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log").touch()
    cmdlog.setup(Snapshot.from_text(f"maillog_file = {tmp_path}/log"), "postfix-script")
    log.warning("hello")
    assert "postfix/postfix-script[" in (tmp_path / "log").read_text()
    assert capsys.readouterr().err == "postfix/postfix-script: warning: hello\n"


def test_through_postlog(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "public/postlog"))
        server.settimeout(2)
        snapshot = Snapshot.from_text(f"maillog_file = {tmp_path}/none\nqueue_directory = {tmp_path}")
        cmdlog.setup(snapshot, "sendmail", stderr=False)
        log.info("hello")
        assert server.recv(1000).startswith(b"postfix/sendmail[")


def test_nobody_listens(tmp_path: Path) -> None:
    cmdlog.PostlogSink(str(tmp_path / "none"), "x").write([(1, "lost", "")])


def test_syslog_and_stdout() -> None:
    assert isinstance(cmdlog.sink(Snapshot.from_text(""), "x"), log.SyslogSink)
    assert isinstance(cmdlog.sink(Snapshot.from_text("maillog_file = /dev/stdout"), "x"), cmdlog.PostlogSink)


def test_the_facility_is_the_configured_one() -> None:
    sink = cmdlog.sink(Snapshot.from_text("syslog_facility = local3"), "x")
    assert isinstance(sink, log.SyslogSink) and sink.base == 19 * 8
