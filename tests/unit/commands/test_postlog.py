import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pymaster.commands import postlog
from pymaster.util import log


@pytest.fixture(autouse=True)
def restore() -> Iterator[None]:
    sink, tag = log.LOG.sink, log.LOG.tag
    yield
    log.LOG.sink, log.LOG.tag = sink, tag


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "log").touch()
    (tmp_path / "main.cf").write_text(f"maillog_file = {tmp_path}/log\n")
    return tmp_path


def test_text_priority_and_tag(directory: Path) -> None:
    assert postlog.main(["-c", str(directory), "-p", "warn", "-t", "mine", "two", "words\x1b"]) == 0
    text = (directory / "log").read_text()
    assert " mine[" in text and "]: warning: two words?\n" in text


def test_standard_input(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\ntwo\n"))
    assert postlog.main(["-c", str(directory)]) == 0
    assert [line.rpartition(": ")[2] for line in (directory / "log").read_text().split("\n")[:2]] == ["one", "two"]


def test_errors(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert postlog.main(["-c", str(directory), "-p", "loud", "x"]) == 1
    assert "unknown severity: loud" in capsys.readouterr().err
    assert postlog.main(["-Q"]) == 1
