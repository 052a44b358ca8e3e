import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pymaster.config.params.logging import LoggingParams
from pymaster.config.snapshot import Snapshot
from pymaster.master.logs import LogFile
from pymaster.util import log
from pymaster.util.errors import Fatal


@pytest.fixture(autouse=True)
def restore() -> Iterator[None]:
    sink, tag = log.LOG.sink, log.LOG.tag
    yield
    log.LOG.sink, log.LOG.tag = sink, tag


def params(text: str) -> LoggingParams:
    return Snapshot.from_text(text)[LoggingParams]


def test_rotation_keeps_the_descriptors_number(tmp_path: Path) -> None:
    path = tmp_path / "log"
    file = LogFile(params(f"maillog_file = {path}\nmaillog_file_prefixes = {tmp_path}"), False)
    fd = file.open()
    log.info("one")
    path.rename(tmp_path / "old")
    assert file.open() == fd
    log.info("two")
    assert "postfix/master[" in path.read_text()
    assert "two" in path.read_text() and "one" not in path.read_text()
    os.close(fd)


def test_prefixes_and_stdout(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match="maillog_file_prefixes"):
        LogFile(params("maillog_file = /etc/log"), False).open()
    with pytest.raises(Fatal, match="start-fg"):
        LogFile(params("maillog_file = /dev/stdout"), False).open()
    file = LogFile(params("maillog_file = /dev/stdout"), True)
    assert file.open() == file.open()
    os.close(file.fd)


def test_syslog() -> None:
    assert LogFile(params(""), False).open() == -1
    assert isinstance(log.LOG.sink, log.SyslogSink)
