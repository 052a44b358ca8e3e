"""Watches: changes call back, shared paths are independent, a path that is not there is polled."""

import os
from pathlib import Path

import gevent
import pytest

from pymaster.runtime import inotify
from pymaster.runtime.inotify import Inotify


def settle() -> None:
    gevent.sleep(0.05)


def test_changes_call_back_until_the_end(tmp_path: Path) -> None:
    watches, calls, others = Inotify(), [], []
    end = watches.watch([str(tmp_path)], lambda: calls.append(1))
    other = watches.watch([str(tmp_path)], lambda: others.append(1))
    (tmp_path / "a").write_text("x")
    settle()
    assert calls and others
    end()
    before, before_others = len(calls), len(others)
    os.rename(tmp_path / "a", tmp_path / "b")
    settle()
    assert len(calls) == before and len(others) > before_others
    other()
    watches.close()


def test_one_burst_calls_once(tmp_path: Path) -> None:
    watches, calls = Inotify(), []
    end = watches.watch([str(tmp_path)], lambda: calls.append(1))
    for number in range(100):
        (tmp_path / str(number)).touch()
    settle()
    assert len(calls) <= 3
    end()
    watches.close()


def test_a_path_that_is_missing_is_polled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inotify, "POLL", 0.02)
    watches, calls = Inotify(), []
    end = watches.watch([str(tmp_path / "none")], lambda: calls.append(1))
    gevent.sleep(0.1)
    assert calls
    end()
    before = len(calls)
    gevent.sleep(0.06)
    assert len(calls) == before
    watches.close()


def test_a_watched_folder_that_goes_away(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    watches, calls = Inotify(), []
    end = watches.watch([str(folder)], lambda: calls.append(1))
    folder.rmdir()
    settle()
    assert calls
    end()
    watches.close()
    watches.close()
