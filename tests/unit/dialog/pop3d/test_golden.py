"""Golden dialogs against the memory store: whole, a byte at a time, and cut at every byte."""

from pathlib import Path

import pytest

from tests.unit.dialog.pop3d.lab import GOLDEN, Script

FILES = sorted(GOLDEN.glob("*.txt"))
SPLIT = [path for path in FILES if not path.stem.startswith("sync-")]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_whole(path: Path) -> None:
    Script(path).run(lambda number, group: [group])


@pytest.mark.parametrize("path", SPLIT, ids=lambda p: p.stem)
def test_a_byte_at_a_time(path: Path) -> None:
    Script(path).run(lambda number, group: [group[n : n + 1] for n in range(len(group))])


@pytest.mark.parametrize("path", SPLIT, ids=lambda p: p.stem)
def test_cut_at_every_byte(path: Path) -> None:
    script = Script(path)
    for where, whole in enumerate(script.groups):
        for at in range(1, len(whole) if isinstance(whole, bytes) else 0):
            script.run(lambda n, group, where=where, at=at: [group[:at], group[at:]] if n == where else [group])


def test_there_are_golden_files() -> None:
    assert len(FILES) >= 8
