import os
import stat
from pathlib import Path

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.master import folders
from pymaster.util.errors import Fatal


def snapshot(folder: Path, extra: str = "") -> Snapshot:
    return Snapshot.from_text(f"queue_directory = {folder}/q\ndata_directory = {folder}/d\n{extra}")


def test_rootless_makes_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert folders.prepare(snapshot(tmp_path)) is None
    for name, mode, _, _ in folders.SPOOL:
        assert stat.S_IMODE((tmp_path / "q" / name).stat().st_mode) == mode
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o700


def test_as_root_what_is_missing_is_one_line_that_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(Fatal, match="mail_owner nobody-of-this-name: no such user; `pymaster setup` makes it"):
        folders.prepare(snapshot(tmp_path, "mail_owner = nobody-of-this-name"))
    with pytest.raises(Fatal, match="setgid_group none-such: no such group; `pymaster setup`"):
        folders.prepare(snapshot(tmp_path, "mail_owner = nobody\nsetgid_group = none-such"))
    with pytest.raises(Fatal, match="q: no such directory; `pymaster setup` makes it"):
        folders.prepare(snapshot(tmp_path, "mail_owner = nobody\nsetgid_group = mail"))
    with pytest.raises(Fatal, match="must not be root"):
        folders.prepare(snapshot(tmp_path, "mail_owner = root\nsetgid_group = mail"))
