"""texthash, inline, internal."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pymaster.tables import TableError
from pymaster.tables.base import BaseTable
from pymaster.tables.memory import open_source_table, read_entries
from pymaster.util import log

Table = Callable[..., BaseTable]


def test_texthash(table: Table, write: Callable[..., str], sink: log.MemorySink) -> None:
    path = write("A one\na two\n\u00c9x v\nnokey\n")
    found = table(f"texthash:{path}")
    assert found.get(b"a") == b"one"
    assert found.get("\u00e9X".encode()) == b"v"
    assert list(found.items()) == [(b"a", b"one"), ("\u00e9x".encode(), b"v")]
    assert sink.text == (
        f'warning: {path}, line 2: duplicate entry: "a"\n'
        f"warning: {path}, line 4: expected format: key whitespace value -- ignoring this line\n"
    )
    found.folds = False
    assert found.get(b"A") is None


def test_alias_source(write: Callable[..., str]) -> None:
    assert open_source_table("x", write("Root: bob, \n  carl\n"), alias=True).get(b"ROOT") == b"bob, carl"
    assert read_entries(b"a: b\n", "x", alias=True) == {b"a": b"b"}


def test_missing_source(table: Table, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"open database .*/none: No such file"):
        table(f"texthash:{tmp_path}/none")


def test_inline(table: Table) -> None:
    found = table("inline:{a=b, {C = d e} , a=last}")
    assert [found.get(key) for key in (b"a", b"c", b"d")] == [b"last", b"d e", None]


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("inline:{}", 'bad syntax: "inline:{}"; need "inline:{name=value...}"'),
        ("inline:a=b", 'bad syntax: "inline:a=b"; need "inline:{name=value...}"'),
        ("inline:{a}", 'missing \'=\' after attribute name: "inline:{a}"; need "inline:{name=value...}"'),
    ],
)
def test_bad_inline(table: Table, spec: str, text: str) -> None:
    with pytest.raises(TableError) as caught:
        table(spec)
    assert str(caught.value) == text


def test_internal(table: Table) -> None:
    assert table("internal:x").get(b"a") is None
