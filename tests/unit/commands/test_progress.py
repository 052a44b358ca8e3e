"""Progress on a terminal, and nothing anywhere else."""

from __future__ import annotations

import io

import pytest

from pymaster.commands.progress import Progress
from pymaster.util.clock import ManualClock


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, clock = Terminal(), ManualClock()
    monkeypatch.setattr("sys.stderr", screen)
    progress = Progress("INBOX", 10, clock)
    progress.step(2)
    assert screen.getvalue() == ""
    clock.advance(0.3)
    progress.step(3)
    assert screen.getvalue() == "\rINBOX: 5 of 10 (50%) "
    progress.step()
    assert screen.getvalue().count("\r") == 1
    progress.end()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_a_file_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, clock = io.StringIO(), ManualClock()
    monkeypatch.setattr("sys.stderr", screen)
    progress = Progress("INBOX", 0, clock)
    clock.advance(1)
    progress.step()
    progress.end()
    assert (screen.getvalue(), progress.done) == ("", 1)


def test_a_total_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, clock = Terminal(), ManualClock()
    monkeypatch.setattr("sys.stderr", screen)
    progress = Progress("INBOX", 0, clock)
    clock.advance(1)
    progress.step(7)
    assert screen.getvalue() == "\rINBOX: 7 "
