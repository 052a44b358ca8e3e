import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pymaster.util import log

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def postlogd(tmp_path: Path) -> Iterator[Any]:
    spec = importlib.util.spec_from_file_location("postlogd_under_test", ROOT / "services/postlogd.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    service = module.Postlogd()
    service.start()
    fd = os.open(tmp_path / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    sink, log.LOG.sink = log.LOG.sink, log.FileSink(fd, "postfix/postlogd")
    yield service
    log.LOG.sink = sink
    os.close(fd)


def test_a_command_keeps_its_name_and_cannot_forge_lines(postlogd: Any, tmp_path: Path) -> None:
    postlogd.trigger(b"postfix/sendmail[77]: hello\nNov  1 00:00:00 host forged[1]: line\n")
    postlogd.trigger(b"no form at all\x1b[2J")
    lines = (tmp_path / "log").read_text().split("\n")
    assert lines[0].endswith("postfix/sendmail[77]: hello?Nov  1 00:00:00 host forged[1]: line")
    assert "postfix/postlogd[" in lines[1] and lines[1].endswith("no form at all?[2J")
    assert len(lines) == 3
