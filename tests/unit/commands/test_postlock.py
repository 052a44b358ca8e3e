import fcntl
from pathlib import Path

import pytest

from pymaster.commands import postlock


@pytest.fixture
def directory(tmp_path: Path) -> str:
    (tmp_path / "main.cf").write_text("deliver_lock_attempts = 1\n")
    return str(tmp_path)


def test_the_commands_status_and_the_lock(directory: str, tmp_path: Path) -> None:
    box = str(tmp_path / "box")
    script = f"test -e {box}.lock && exit 7"
    assert postlock.main(["-c", directory, "-l", "dotlock", box, "sh", "-c", script]) == 7
    assert not Path(f"{box}.lock").exists()
    assert postlock.main(["-c", directory, box, "sh", "-c", "kill -9 $$"]) == 137


def test_75_when_it_cannot(directory: str, tmp_path: Path) -> None:
    box = tmp_path / "box"
    with box.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert postlock.main(["-c", directory, "-l", "flock", str(box), "true"]) == 75
    assert postlock.main(["-c", directory, "-l", "what", str(box), "true"]) == 75
    assert postlock.main(["-c", directory, str(box), "/no/such/program"]) == 75
    assert postlock.main(["-c", directory, str(box)]) == 75
