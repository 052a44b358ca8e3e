import gc
import weakref

import pytest

from pymaster.util import memory


def test_what_is_there_is_left_alone_by_the_collector() -> None:
    before = gc.get_freeze_count()
    try:
        memory.settle()
        assert gc.get_freeze_count() > before
        # What is made from now on is looked at; what was there is not.
        assert len(gc.get_objects()) < gc.get_freeze_count()
    finally:
        gc.unfreeze()


def test_old_objects_are_collected_only_while_they_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    before = gc.get_threshold()
    try:
        memory.bound_pauses()
        assert gc.get_threshold()[2] > 1_000_000
        monkeypatch.setattr(memory, "FEW", 1 << 40)
        loop: list[object] = []
        loop.append(loop)
        seen = weakref.ref(Anything(loop))
        del loop
        sweeper = memory.Sweeper()
        assert sweeper.sweep()
        assert seen() is None
        # Many, and not many more than were left the last time.
        monkeypatch.setattr(memory, "FEW", 10)
        assert not sweeper.sweep()
        kept = [[n] for n in range(3 * len(gc.get_objects(generation=2)))]
        gc.collect(1)
        assert sweeper.sweep() and kept
    finally:
        gc.set_threshold(*before)


class Anything:
    """Kept alive by a cycle only."""

    def __init__(self, loop: list[object]) -> None:
        loop.append(self)
