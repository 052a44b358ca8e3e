import getpass
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pymaster.util.errors import Fatal

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def spawn() -> Any:
    spec = importlib.util.spec_from_file_location("spawn_under_test", ROOT / "services/spawn.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_attributes(spawn: Any) -> None:
    assert spawn.parse(["user=nobody", "argv=/bin/echo", "a b", "c"]) == ("nobody", ["/bin/echo", "a b", "c"])
    for words in (["user=x"], ["argv=/bin/x"], ["what=1", "argv=x"], ["user=x", "argv="], []):
        with pytest.raises(Fatal):
            spawn.parse(words)


def test_rights(spawn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Fatal, match="no-such-user"):
        spawn.rights("no-such-user", "postfix")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for user in ("root", "nobody:root"):
        with pytest.raises(Fatal, match="privileged"):
            spawn.rights(user, "postfix")
    with pytest.raises(Fatal, match="mail system owner"):
        spawn.rights("nobody", "nobody")
    assert spawn.rights("nobody", "postfix")["extra_groups"] == []
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    with pytest.raises(Fatal, match="not started by root"):
        spawn.rights("nobody", "postfix")


def test_environment(spawn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    monkeypatch.setenv("LANG", "C")
    assert spawn.environment("LANG, X=y") == {"PATH": spawn.PATH, "LANG": "C", "X": "y"}


def test_a_command_speaks_to_the_client(tmp_path: Path) -> None:
    user = "nobody" if os.geteuid() == 0 else getpass.getuser()
    (tmp_path / "main.cf").write_text(f"queue_directory = {tmp_path}\n")
    command = [sys.executable, str(ROOT / "services/spawn.py"), "-S", "-c", str(tmp_path), "-n", "policy"]
    done = subprocess.run(
        [*command, f"user={user}", "argv=/usr/bin/tr", "a-z", "A-Z"],
        input=b"hello",
        capture_output=True,
        timeout=20,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.stdout == b"HELLO", done.stderr
