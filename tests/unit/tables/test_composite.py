"""unionmap, pipemap, proxy."""

from collections.abc import Callable

import pytest

from pymaster.tables import TableError, TableSet
from pymaster.tables.base import BaseTable
from pymaster.util.errors import LookupFailed

Table = Callable[..., BaseTable]


def test_unionmap(table: Table) -> None:
    found = table("unionmap:{static:x,inline:{a=b}}")
    assert found.get(b"A") == b"x,b"
    assert table("unionmap:{inline:{a=b},inline:{c=d}}").get(b"q") is None
    with pytest.raises(LookupFailed):
        table("unionmap:{static:x, fail:z}").get(b"a")


def test_pipemap(table: Table) -> None:
    assert table("pipemap:{inline:{a=B},inline:{b=c}}").get(b"a") == b"c"
    assert table("pipemap:{inline:{a=b},inline:{c=c}}").get(b"a") is None
    with pytest.raises(LookupFailed):
        table("pipemap:{static:x, fail:z}").get(b"a")


def test_kinds_of_keys(table: Table) -> None:
    assert not table("pipemap:{regexp:{{/a/ b}}, static:x}").fixed
    assert table("pipemap:{static:x, regexp:{{/a/ b}}}").fixed
    assert table("unionmap:{regexp:{{/a/ b}}, static:x}").fixed
    assert table("unionmap:{static:x, unix:passwd.byname}").blocking


def test_change_shines_through(table: Table, write: Callable[..., str]) -> None:
    found = table(f"unionmap:{{texthash:{write('a b')}, static:x}}")
    assert not found.changed()
    write("a c ")
    assert found.changed()
    found.close()


@pytest.mark.parametrize("spec", ["unionmap:{}", "unionmap:static:x", "pipemap:{x}", "unionmap:{nis:x}"])
def test_bad_members(table: Table, spec: str) -> None:
    with pytest.raises(TableError):
        table(spec)


def test_bad_table_inside(table: Table) -> None:
    with pytest.raises(TableError, match="unsupported dictionary type: foo"):
        table("unionmap:{static:x, foo:y}")


def test_proxy_needs_approval(tables: Callable[..., TableSet]) -> None:
    made = tables("virtual_alias_maps = proxy:static:x", strict=True)
    found = made.table("proxy:static:x", "virtual_alias_maps")
    assert (found.get(b"a"), found.name) == (b"x", "proxy:static:x")
    with pytest.raises(TableError, match=r"proxy:static:y in main\.cf:proxy_read_maps"):
        made.table("proxy:static:y", "virtual_alias_maps")


def test_the_default_recipient_maps_are_approved(tables: Callable[..., TableSet]) -> None:
    maps = tables(strict=True).open("proxy:unix:passwd.byname", "local_recipient_maps")
    assert (maps.get(b"root") or b"").startswith(b"root:")
