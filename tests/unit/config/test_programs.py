from pathlib import Path

import pytest

from pymaster.config import programs


def test_the_administrators_folder_comes_first(tmp_path: Path) -> None:
    assert programs.find("smtp", str(tmp_path)) == programs.directories("/x")[-1] + "/smtp.py"
    (tmp_path / "smtp.py").write_text("")
    assert programs.find("smtp", str(tmp_path)) == str(tmp_path / "smtp.py")
    assert programs.find(str(tmp_path / "smtp"), "/x") == str(tmp_path / "smtp.py")
    assert programs.find("nosuch", str(tmp_path)) is None
    assert programs.find(str(tmp_path / "nosuch"), "/x") is None


def test_library_calls_and_old_names(tmp_path: Path) -> None:
    assert programs.is_library("cleanup", str(tmp_path))
    assert not programs.is_library("smtp", str(tmp_path))
    (tmp_path / "cleanup.py").write_text("")
    assert not programs.is_library("cleanup", str(tmp_path))
    found = programs.find("nqmgr", str(tmp_path))
    assert found and found.endswith("/qmgr.py")


@pytest.mark.parametrize(
    ("text", "green"),
    [
        ("class A(Multi): ...", True),
        ("class A(Single): ...", False),
        ("class A(Trigger): ...", False),
        ("class Base(Single): ...\nclass A(Base): ...", False),
        ("from pymaster.server.service import Single as S\nclass A(S): ...", False),
        ("class A: ...", True),
    ],
)
def test_is_green(tmp_path: Path, text: str, green: bool) -> None:
    path = tmp_path / "x.py"
    path.write_text(text)
    assert programs.is_green(str(path)) is green


def test_our_own_programs() -> None:
    folder = programs.directories("/x")[-1]
    kinds = {
        name: programs.is_green(f"{folder}/{name}.py") for name in ("smtp", "qmgr", "spawn", "postlogd", "virtual")
    }
    assert kinds == {"smtp": True, "qmgr": True, "spawn": False, "postlogd": False, "virtual": False}
