"""Typed values and their bounds."""

import pytest

from pymaster.config import param, values
from pymaster.util.errors import ConfigError


class Sample(param.Params):
    count: int = param.integer("5", min=1, max=10)
    flag: bool = param.boolean("no")
    delay: float = param.duration("5d", max=864000)
    name: str = param.text("x", min=1, max=3)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("count", "7", 7),
        ("flag", "YES", True),
        ("flag", "No", False),
        ("delay", "2", 172800.0),
        ("delay", "2s", 2.0),
        ("delay", "1W", 604800.0),
        ("name", "abc", "abc"),
    ],
)
def test_good(name: str, text: str, value: object) -> None:
    assert values.typed(Sample.DECLARED[name], text) == value


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("count", "0", "invalid count parameter value 0 < 1"),
        ("count", "11", "invalid count parameter value 11 > 10"),
        ("count", "", "bad numerical configuration: count = "),
        ("count", "\u0663", "bad numerical"),
        ("count", "1" * 30, "bad numerical"),
        ("flag", "true", "bad boolean configuration: flag = true"),
        ("delay", "5x", "parameter delay: bad time value or unit: 5x"),
        ("delay", "-1", "bad time value"),
        ("delay", "11", "invalid delay parameter value 950400 > 864000"),
        ("name", "", "bad string length 0 < 1: name = "),
        ("name", "abcd", "bad string length 4 > 3: name = abcd"),
    ],
)
def test_bad(name: str, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        values.typed(Sample.DECLARED[name], text)
    assert message in str(caught.value)


def test_seconds() -> None:
    assert values.seconds("3", "h") == 10800.0
    assert values.seconds("soon") is None
