"""The destination window: growth, shrinking, death."""

import pytest

from pymaster.rules.schedule.window import Feedback, Window, WindowLimits


def window(
    positive: str = "1", negative: str = "1", *, initial: int = 5, maximum: int = 20, cohorts: float = 1
) -> Window:
    return Window(WindowLimits(initial, maximum, Feedback(positive), Feedback(negative), cohorts))


@pytest.mark.parametrize(
    ("text", "at", "value"),
    [
        ("1", 10, 1.0),
        ("0", 3, 0.0),
        (".5", 3, 0.5),
        ("1/4", 9, 0.25),
        ("1 / concurrency", 8, 0.125),
        ("1/sqrt_concurrency", 16, 0.25),
    ],
)
def test_forms(text: str, at: int, value: float) -> None:
    assert Feedback(text).of(at) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "x", "2", "1/0", "-1", "1/foo", "1//2", "3/2"])
def test_bad_forms(text: str) -> None:
    with pytest.raises(ValueError):
        Feedback(text)


def test_grows_by_one_each_success_up_to_the_limit() -> None:
    w = window()
    sizes = []
    for _ in range(20):
        w.succeeded(busy=w.size)
        sizes.append(w.size)
    assert sizes[:4] == [6, 7, 8, 9]
    assert sizes[-1] == 20


def test_fraction_grows_at_the_end_and_shrinks_at_the_beginning() -> None:
    w = window("1/5", "1/5", initial=10, cohorts=0)
    for _ in range(4):
        w.succeeded(10)
    assert w.size == 10
    w.succeeded(10)
    assert w.size == 11
    w.failed()
    assert w.size == 10
    for _ in range(4):
        w.failed()
    assert w.size == 10
    w.failed()
    assert w.size == 9


def test_inverse_feedback_grows_once_a_cohort() -> None:
    w = window("1/concurrency", initial=5)
    for _ in range(5):
        w.succeeded(5)
    assert w.size == 6
    for _ in range(6):
        w.succeeded(6)
    assert w.size == 7


def test_no_growth_while_idle() -> None:
    w = window(initial=5)
    for _ in range(10):
        w.succeeded(1)
    assert w.size == 6


def test_dies_after_a_failed_cohort_and_a_success_forgives() -> None:
    w = window(initial=5)
    assert [w.failed() for _ in range(4)] == [False, False, False, True]
    assert w.size == 0
    w.reset()
    assert w.size == 5
    w.failed()
    w.failed()
    w.succeeded(5)
    assert w.failed_cohorts == 0


def test_window_of_one_dies_at_once_and_zero_cohorts_never() -> None:
    assert window(initial=1, maximum=1).failed()
    w = window(cohorts=0)
    assert not any(w.failed() for _ in range(100))
    assert w.size == 1
