import re

import pytest

from pymaster.model.queueid import BLOCK, Minter, to_base
from pymaster.util.clock import ManualClock


def test_ids_are_unique_when_the_clock_goes_back() -> None:
    clock = ManualClock()
    minter = Minter(False, clock)
    minter.refill(range(1000, 3000))
    seen = set()
    for _ in range(2000):
        clock.step_wall(-0.5)
        seen.add(minter.mint())
    assert len(seen) == 2000
    assert all(re.fullmatch(r"[0-9A-F]{6,}", queue_id) for queue_id in seen)
    with pytest.raises(LookupError):
        minter.mint()


def test_long_ids_have_postfix_form() -> None:
    minter = Minter(True, ManualClock())
    minter.refill(range(500, 600))
    assert re.fullmatch(r"[0-9A-Za-y]{10}z[0-9A-Za-y]+", minter.mint())


def test_low_water() -> None:
    minter = Minter(False)
    assert minter.low
    minter.refill(range(BLOCK))
    assert not minter.low


def test_to_base() -> None:
    assert to_base(0, 52, 4) == "0000"
    assert to_base(52, 52) == "10"
    assert to_base(50, 51) == "y"
