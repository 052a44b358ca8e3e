from pathlib import Path

import pytest

from pymaster.commands.rotate import rotate
from pymaster.config.snapshot import Snapshot
from pymaster.util.errors import Fatal


def test_rename_and_compress(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("lines")
    old = rotate(Snapshot.from_text(f"maillog_file = {tmp_path}/log\nmaillog_file_rotate_suffix = old"), 0)
    assert old == f"{tmp_path}/log.old"
    assert (tmp_path / "log.old.gz").exists() and not (tmp_path / "log").exists()


def test_what_cannot_be_rotated(tmp_path: Path) -> None:
    for text, reason in (
        ("", "not set"),
        ("maillog_file = /dev/stdout", "nothing to rotate"),
        (f"maillog_file = {tmp_path}/none", "cannot rename"),
    ):
        with pytest.raises(Fatal, match=reason):
            rotate(Snapshot.from_text(text), 0)
