"""The supervisor's glue without processes; with them it is tests/system/test_supervisor.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pymaster.master import plan, reload
from pymaster.master.state import Action
from pymaster.master.supervisor import Supervisor
from pymaster.util import log


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    for name in ("public", "private"):
        (tmp_path / name).mkdir()
    (tmp_path / "main.cf").write_text(f"queue_directory = {tmp_path}\ndaemon_directory = {tmp_path}\n")
    (tmp_path / "master.cf").write_text("a unix n - n - - smtp\nb unix n - n - - nosuch\n")
    made = plan.load(str(tmp_path))
    sink, log.LOG.sink = log.LOG.sink, log.MemorySink()
    yield Supervisor(made, reload.open_all(made, None, {}), -1)
    log.LOG.sink = sink


def text() -> str:
    assert isinstance(log.LOG.sink, log.MemorySink)
    return log.LOG.sink.text


def test_unknown_program_is_said_once_and_throttled(supervisor: Supervisor) -> None:
    supervisor.start_services()
    supervisor.act([Action("warn", text="other")])
    supervisor.act(supervisor.machine.readable("b:unix", 1.0))
    assert text().count('service "b": no program nosuch in') == 1
    assert supervisor.machine.services["b:unix"].throttled_until > 0
    assert "a:unix" not in supervisor.machine.services  # its nursery has not told yet


def test_without_a_nursery_nobody_is_lost(supervisor: Supervisor) -> None:
    path = supervisor.plan.services["a:unix"].path or ""
    supervisor.nursery_ready({path: {"kind": "Multi", "min_procs": 1, "error": "", "jail": False}})
    assert supervisor.links == {}
    assert supervisor.machine.services["a:unix"].throttled_until > 0
    assert supervisor.board.free and len(supervisor.board.free) == supervisor.board.board.slots
