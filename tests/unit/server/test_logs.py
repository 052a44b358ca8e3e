import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.server import logs
from pymaster.util import log


@pytest.fixture(autouse=True)
def restore() -> Iterator[None]:
    sink, tag = log.LOG.sink, log.LOG.tag
    yield
    log.LOG.sink, log.LOG.tag = sink, tag


def test_file_and_tag(tmp_path: Path) -> None:
    fd = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    snapshot = Snapshot.from_text("", {"syslog_name": "postfix/$service_name"}, service_name="submission")
    logs.setup(snapshot, "smtpd", fd)
    log.info("hello")
    assert f"postfix/submission/smtpd[{os.getpid()}]: hello" in (tmp_path / "log").read_text()
    os.close(fd)


def test_syslog_facility() -> None:
    logs.setup(Snapshot.from_text("syslog_facility = local0"), "smtpd")
    assert isinstance(log.LOG.sink, log.SyslogSink) and log.LOG.sink.base == 16 * 8
