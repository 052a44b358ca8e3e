from pymaster.util.clock import SYSTEM, ManualClock


def test_manual_clock_moves_only_by_hand() -> None:
    clock = ManualClock(100.0, 5.0)
    clock.advance(2)
    assert (clock.now(), clock.monotonic()) == (102.0, 7.0)
    clock.step_wall(-50)
    assert (clock.now(), clock.monotonic()) == (52.0, 7.0)


def test_system_clock_never_runs_back() -> None:
    first = SYSTEM.monotonic()
    assert SYSTEM.monotonic() >= first
    assert SYSTEM.now() > 1_600_000_000
