"""postdrop: a submission in its own form."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pymaster.proto import submission

WHOLE = submission.MAGIC + submission.recipient(b"a@b") + submission.content(b"x\n") + submission.END


def run(config: Path, text: bytes, *words: str) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "pymaster.commands.postdrop", "-c", str(config), *words]
    return subprocess.run(command, input=text, capture_output=True, check=False, timeout=30)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "main.cf").write_text(f"queue_directory = {tmp_path}\n")
    (tmp_path / "maildrop").mkdir()
    return tmp_path


def test_whole(config: Path) -> None:
    done = run(config, WHOLE, "-r")
    (name,) = os.listdir(config / "maildrop")
    assert (done.returncode, done.stdout) == (0, name.encode() + b"\n")
    assert (config / "maildrop" / name).read_bytes() == WHOLE


@pytest.mark.parametrize(
    "text", [b"", WHOLE[:-5], b"junk", submission.MAGIC + submission.recipient(b"a\nb@c") + WHOLE[20:]]
)
def test_refused_and_nothing_left(config: Path, text: bytes) -> None:
    assert run(config, text).returncode == 65
    assert os.listdir(config / "maildrop") == []


def test_usage(config: Path) -> None:
    assert run(config, b"", "-x").returncode == 64
