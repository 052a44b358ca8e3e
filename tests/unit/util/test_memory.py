import gc

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
