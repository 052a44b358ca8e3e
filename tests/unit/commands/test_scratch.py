import os
from pathlib import Path

import pytest

from pymaster.commands import scratch
from pymaster.config import mastercf
from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import Snapshot
from pymaster.util.errors import Fatal


def test_a_usable_configuration_that_is_not_written_twice(tmp_path: Path) -> None:
    base = tmp_path / "box"
    scratch.make(base)
    snapshot = Snapshot.load(str(base / "etc"))
    assert snapshot[CoreParams].queue_directory == f"{base}/queue"
    assert snapshot.text("virtual_mailbox_maps").startswith("inline:{ user@localhost.localdomain=user/")
    assert any(line.program == "smtpd" for line in mastercf.load(str(base / "etc/master.cf")))
    (base / "etc/main.cf").write_text("mine = yes\n")
    scratch.make(base)
    assert (base / "etc/main.cf").read_text() == "mine = yes\n"


def test_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Fatal, match="without blanks"):
        scratch.place(str(tmp_path / "a b"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert scratch.place(str(tmp_path / "x")) == (tmp_path / "x").resolve()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    os.chmod(tmp_path, 0o700)
    assert scratch.place(str(tmp_path / "x")).name == "pymaster-run"
    assert "cannot be reached" in capsys.readouterr().out
