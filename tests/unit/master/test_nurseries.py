import os
import selectors
import time
from pathlib import Path
from typing import Any

import pytest

from pymaster.master import plan
from pymaster.master.nurseries import Nurseries


class Owner:
    def __init__(self) -> None:
        self.said: list[tuple[Any, ...]] = []

    def nursery_ready(self, found: dict[str, dict[str, Any]]) -> None:
        self.said.append(("ready", sorted(found)))

    def nursery_gone(self, green: bool) -> None:
        self.said.append(("gone", green))

    def forked(self, number: int, pid: int) -> None:
        self.said.append(("forked", number, pid))

    def exited(self, pid: int, result: int) -> None:
        self.said.append(("exited", pid, result))

    def lost(self, number: int, text: str) -> None:
        self.said.append(("lost", number, text))


def turn(selector: selectors.BaseSelector, until: Any) -> None:
    deadline = time.monotonic() + 10
    while not until():
        assert time.monotonic() < deadline
        for key, _ in selector.select(0.05):
            key.data()


@pytest.fixture
def made(tmp_path: Path) -> plan.Plan:
    (tmp_path / "toy.py").write_text("from pymaster.server.service import Single\nclass Toy(Single): ...\n")
    (tmp_path / "main.cf").write_text(f"daemon_directory = {tmp_path}\n")
    (tmp_path / "master.cf").write_text("toy unix - - n - - toy\n")
    return plan.load(str(tmp_path))


def test_only_the_kind_that_is_needed_runs_and_a_dead_one_is_started_again(made: plan.Plan) -> None:
    selector, owner = selectors.DefaultSelector(), Owner()
    nurseries = Nurseries(selector, owner)
    nurseries.start(made)
    turn(selector, lambda: owner.said)
    assert list(nurseries.pids()) == ["plain"]
    pid = nurseries.pids()["plain"]
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    nurseries.reaped(pid, 9)
    assert owner.said[-1] == ("gone", False)
    assert nurseries.pids() == {}
    with pytest.raises(OSError):
        nurseries.order(False, None, [])  # type: ignore[arg-type]
    nurseries.tick(time.monotonic() + 1)
    turn(selector, lambda: nurseries.pids())
    assert nurseries.pids()["plain"] != pid
    nurseries.end()


def test_on_reload_the_old_one_works_until_the_new_one_is_ready(made: plan.Plan) -> None:
    selector, owner = selectors.DefaultSelector(), Owner()
    nurseries = Nurseries(selector, owner)
    nurseries.start(made)
    turn(selector, lambda: owner.said)
    old = nurseries.pids()["plain"]
    nurseries.start(made)
    assert nurseries.pids()["plain"] == old
    turn(selector, lambda: len(owner.said) == 2)
    assert nurseries.pids()["plain"] != old
    nurseries.end()
