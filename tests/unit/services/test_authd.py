import importlib.util
from pathlib import Path
from typing import Any

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.util.errors import ConfigError

ROOT = Path(__file__).resolve().parents[3]


def load() -> Any:
    spec = importlib.util.spec_from_file_location("authd_under_test", ROOT / "services/authd.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_mistake_is_told_at_the_start() -> None:
    module = load()
    for text in ("auth_passdb = nonsense", "auth_passdb = passwd\nauth_mechanisms = nonsense"):
        service = module.Authd()
        service.snapshot = Snapshot.from_text(text)
        with pytest.raises(ConfigError):
            service.before_jail()


def test_stamp(tmp_path: Path) -> None:
    module = load()
    assert module.stamp(str(tmp_path / "none")) == (0, 0, 0)
    (tmp_path / "file").write_text("x")
    assert module.stamp(str(tmp_path / "file"))[1] == 1


def test_one_process_holds_it_all() -> None:
    assert load().Authd.solitary and load().Authd.lasting and load().Authd.min_procs == 1
