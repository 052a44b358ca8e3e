"""Declarations become a frozen object of plain attributes."""

import pytest

from pymaster.config.param import Params, duration, text


class Sample(Params):
    wait: float = duration("3h")
    odd: str = text("x", name="2odd")


def test_declared() -> None:
    assert Sample.DECLARED["wait"].unit == "h"
    assert Sample.DECLARED["2odd"].attribute == "odd"
    assert not hasattr(Sample, "wait")


def test_values_cannot_change() -> None:
    made = Sample({"wait": 1.0, "odd": "y"})
    assert (made.wait, made.odd) == (1.0, "y")
    with pytest.raises(AttributeError):
        made.wait = 2.0
