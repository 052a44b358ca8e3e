"""main's own part; the running master is tests/system/test_supervisor.py."""

import os
from pathlib import Path

import pytest

from pymaster.master import main


def test_bad_flags(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["-Q"]) == 1
    assert "fatal" in capsys.readouterr().err


def test_a_broken_configuration_is_told_to_who_started_us(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text("max_idle = soon\n")
    (tmp_path / "master.cf").write_text("")
    reader, writer = os.pipe()
    mask = os.umask(0)
    os.umask(mask)
    try:
        assert main.main(["-c", str(tmp_path), "-w", str(writer)]) == 1
    finally:
        os.umask(mask)
    assert b"main.cf, line 1" in os.read(reader, 1000)
    os.close(reader)


def test_t_says_whether_one_runs(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text(f"queue_directory = {tmp_path}\n")
    (tmp_path / "master.cf").write_text("")
    mask = os.umask(0)
    os.umask(mask)
    try:
        assert main.main(["-c", str(tmp_path), "-t"]) == 0
    finally:
        os.umask(mask)
