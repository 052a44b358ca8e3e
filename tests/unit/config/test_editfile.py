"""Files changed in place: blocks, and the rename."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.config import editfile
from pymaster.util.errors import ConfigError

TEXT = "# one\n\na = 1\n  2\n# inside\n  3\n\n# last\nb = 4\n"


def test_blocks() -> None:
    found = editfile.blocks(TEXT)
    assert [editfile.logical(block) for block in found] == ["", "a = 1  2  3", "", "b = 4"]
    assert editfile.join(found) == TEXT


def test_changes_of_a_block() -> None:
    block = editfile.blocks(TEXT)[1]
    assert editfile.replaced(block, "x\n y")[0] == ["x", " y", "# inside"]
    assert editfile.removed(block)[0] == ["# inside"]
    assert editfile.commented(block)[0] == ["#a = 1", "#  2", "# inside", "#  3"]


@given(st.text(alphabet="a =#\n\t", max_size=60))
def test_nothing_is_lost(text: str) -> None:
    assert editfile.join(editfile.blocks(text)) == (text if text.endswith("\n") or not text else text + "\n")


def test_rewrite_keeps_mode_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "main.cf"
    path.write_text("a\n")
    path.chmod(0o640)
    link = tmp_path / "link.cf"
    link.symlink_to(path)
    editfile.rewrite(str(link), lambda text: text + "b\n")
    assert path.read_text() == "a\nb\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["link.cf", "main.cf"]


def test_a_failed_change_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "main.cf"
    path.write_text("a\n")

    def refuse(text: str) -> str:
        raise ConfigError("no")

    with pytest.raises(ConfigError):
        editfile.rewrite(str(path), refuse)
    assert path.read_text() == "a\n"
    assert os.listdir(tmp_path) == ["main.cf"]
    with pytest.raises(ConfigError):
        editfile.rewrite(str(tmp_path / "none" / "x"), lambda text: text)
