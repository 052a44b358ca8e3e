"""The change of the guard."""

import time
from pathlib import Path

import gevent

from pymaster.runtime.takeover import Takeover


def test_the_successor_waits_for_the_predecessor(tmp_path: Path) -> None:
    old, new = Takeover(str(tmp_path / "l")), Takeover(str(tmp_path / "l"))
    assert old.wait(0.0)
    gevent.spawn_later(0.05, old.release)
    begin = time.monotonic()
    assert new.wait(2.0)
    assert 0.03 < time.monotonic() - begin < 1.0
    new.release()
    new.release()


def test_but_not_for_ever(tmp_path: Path) -> None:
    old, new = Takeover(str(tmp_path / "l")), Takeover(str(tmp_path / "l"))
    assert old.wait(0.0) and not new.wait(0.05)
