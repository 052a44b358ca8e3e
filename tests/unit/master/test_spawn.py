import os
import time
from pathlib import Path

import pytest

from pymaster.master.spawn import Nursery, environment
from pymaster.model import control

TOY = """
from pymaster.server.service import Single
class Toy(Single):
    name = "toy"
"""


def messages(nursery: Nursery) -> list[dict[str, object]]:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = nursery.messages()
        if found:
            return list(found)
        time.sleep(0.01)
    raise AssertionError("silent")


@pytest.mark.parametrize("green", [True, False])
def test_load_and_leave(tmp_path: Path, green: bool) -> None:
    (tmp_path / "toy.py").write_text(TOY)
    (tmp_path / "bad.py").write_text("import nothing_like_it\n")
    nursery = Nursery(green, environment([], {}))
    try:
        nursery.load([str(tmp_path / "toy.py"), str(tmp_path / "bad.py"), str(tmp_path / "none.py")])
        (ready,) = messages(nursery)
        programs = ready["programs"]
        assert isinstance(programs, dict)
        assert programs[str(tmp_path / "toy.py")] == {
            "kind": "Single",
            "min_procs": 0,
            "jail": False,
            "error": "",
            "remark": "",
            "solitary": False,
        }
        assert "bad.py, line 1: ModuleNotFoundError" in programs[str(tmp_path / "bad.py")]["error"]
        assert programs[str(tmp_path / "none.py")]["error"]
    finally:
        nursery.end()
    assert nursery.process.wait(5) == 0  # the end of its channel is its end


def test_the_end_is_told(tmp_path: Path) -> None:
    nursery = Nursery(False, environment([], {}))
    nursery.kill()
    nursery.process.wait(5)
    with pytest.raises(EOFError):
        nursery.messages()
    with pytest.raises(OSError):
        nursery.order(control.Order(1, "x", "unix", "/x"), [])
    nursery.end()


def test_environment_is_import_environment() -> None:
    found = environment(["LANG", "TZ=UTC", "NOT_THERE"], {"LANG": "C", "SECRET": "x"})
    assert found["LANG"] == "C" and found["TZ"] == "UTC"
    assert "SECRET" not in found and "NOT_THERE" not in found
    assert os.path.isdir(found["PYTHONPATH"] + "/pymaster")
