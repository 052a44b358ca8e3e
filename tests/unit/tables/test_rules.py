"""The frame of rule tables."""

from collections.abc import Callable

import pytest

from pymaster.tables import TableError
from pymaster.tables.base import BaseTable
from pymaster.tables.rules import Steps


def test_next_steps() -> None:
    steps: Steps[str] = Steps()
    steps.rule(1, "a", False, b"x")
    steps.begin(2, "b", False)
    steps.begin(3, "c", True)
    steps.rule(4, "d", False, b"y")
    assert steps.end()
    assert steps.end()
    assert not steps.end()
    steps.begin(7, "e", False)
    assert steps.finish() == [7]
    assert [step.next for step in steps.steps] == [1, 4, 4, 4, 5]


def test_inline_text(table: Callable[..., BaseTable]) -> None:
    assert table("regexp:{{/a/ x}, { /b/ y y } }").get(b"b") == b"y y"
    assert table("cidr:{{10.0.0.0/8 x} ,{0.0.0.0/0 y}}").get(b"10.0.0.1") == b"x"


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("pcre:{/a/ x}", "pcre map: no '{' at start of text in \"/a/\""),
        ("pcre:{ {/a/ x} junk}", "pcre map: no '{' at start of text in \"junk\""),
        ("regexp:{{/a/ x}", "regexp map: missing '}' in \"{{/a/ x}\""),
        ("cidr:/none", "open /none: No such file or directory"),
    ],
)
def test_bad_text(table: Callable[..., BaseTable], spec: str, text: str) -> None:
    with pytest.raises(TableError) as caught:
        table(spec)
    assert str(caught.value) == text
