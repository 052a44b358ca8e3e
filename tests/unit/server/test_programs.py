from pathlib import Path

import pytest

from pymaster.server import programs
from pymaster.server.skeleton import Multi

HEAD = "from pymaster.server.service import Single, Multi, run\n"


def write(folder: Path, text: str) -> str:
    path = folder / "toy-service.py"
    path.write_text(text)
    return str(path)


def test_the_most_derived_class_is_the_service(tmp_path: Path) -> None:
    text = HEAD + "class Base(Single): ...\nclass Toy(Base): ...\nif __name__ == '__main__':\n    run(Toy)\n"
    assert programs.load(write(tmp_path, text)).__name__ == "Toy"


def test_imported_shapes_do_not_count(tmp_path: Path) -> None:
    with pytest.raises(programs.BadProgram, match="defines no Multi"):
        programs.load(write(tmp_path, HEAD))
    assert issubclass(programs.load(write(tmp_path, HEAD + "class A(Multi): ...")), Multi)


def test_a_script_that_exits_is_told(tmp_path: Path) -> None:
    with pytest.raises(programs.BadProgram, match="__main__"):
        programs.load(write(tmp_path, "raise SystemExit(0)"))
