"""static, randmap, fail, environ."""

from collections.abc import Callable

import pytest

from pymaster.tables import TableError
from pymaster.tables.base import BaseTable
from pymaster.util.errors import LookupFailed

Table = Callable[..., BaseTable]


def test_static(table: Table) -> None:
    assert table("static:5000").get(b"anything") == b"5000"
    assert table("static:{ x y }").get(b"") == b"x y"
    for spec in ("static:{x", "static:{x} y"):
        with pytest.raises(TableError, match="bad static:name syntax: "):
            table(spec)


def test_randmap(table: Table) -> None:
    found = table("randmap:{a, {b c}}")
    assert {found.get(b"x") for _ in range(100)} == {b"a", b"{b c}"}
    for spec in ("randmap:{}", "randmap:{x", "randmap:x"):
        with pytest.raises(TableError, match="bad syntax"):
            table(spec)


def test_fail(table: Table) -> None:
    with pytest.raises(LookupFailed):
        table("fail:450").get(b"x")


def test_environ(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("lower", "v")
    monkeypatch.setenv("UPPER", "w")
    found = table("environ:x")
    assert found.get(b"LOWER") == b"v"
    assert found.get(b"upper") is None
    assert found.get(b"a\0b=") is None
    found.folds = False
    assert found.get(b"UPPER") == b"w"
