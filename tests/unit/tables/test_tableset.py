"""Tables of one process: lists, failures, change."""

import os
from collections.abc import Callable

import pytest

from pymaster.model.lookup import EmptyResult
from pymaster.tables import TableError, TableSet
from pymaster.tables.base import MissingWatch
from pymaster.util import log
from pymaster.util.errors import Fatal, LookupFailed

Tables = Callable[..., TableSet]
Write = Callable[..., str]


def test_tables_are_asked_in_order(tables: Tables) -> None:
    maps = tables().open("inline:{a=1}, inline:{a=2, b=3} static:{x y}", "virtual_alias_maps")
    assert maps
    assert [maps.get(key) for key in (b"A", b"b", b"c", b"")] == [b"1", b"3", b"x y", None]
    assert not tables().open("", "virtual_alias_maps")


def test_partial_keys_skip_pattern_tables(tables: Tables) -> None:
    maps = tables().open("regexp:{{/./ pattern}}, inline:{a=literal}", "transport_maps")
    assert maps.get(b"a") == b"pattern"
    assert maps.get(b"a", fixed_only=True) == b"literal"
    assert maps.get(b"b", fixed_only=True) is None


def test_empty_value_is_an_error(tables: Tables, sink: log.MemorySink) -> None:
    maps = tables().open("inline:{ {a = } }", "virtual_alias_maps")
    with pytest.raises(EmptyResult):
        maps.get(b"a")
    assert "virtual_alias_maps lookup of a returns an empty string result" in sink.text


def test_failure_is_not_absence(tables: Tables) -> None:
    maps = tables().open("inline:{a=1}, fail:x, inline:{b=2}", "virtual_alias_maps")
    assert maps.get(b"a") == b"1"
    with pytest.raises(LookupFailed):
        maps.get(b"b")


def test_nis_is_silently_absent(tables: Tables, sink: log.MemorySink, write: Write) -> None:
    path = write("root: bob\n")
    maps = tables().open(f"hash:{path}, nis:mail.aliases, proxy:nisplus:x", "alias_maps")
    assert len(maps.tables) == 1
    assert maps.get(b"nobody") is None
    assert "warning" not in sink.text
    assert "error" not in sink.text


def test_unknown_type_fails_at_use_with_one_warning(tables: Tables, sink: log.MemorySink) -> None:
    maps = tables().open("inline:{a=1}, mysql:/x", "virtual_alias_maps")
    assert sink.text == "warning: unsupported dictionary type: mysql\n"
    assert maps.get(b"a") == b"1"
    with pytest.raises(LookupFailed):
        maps.get(b"b")


def test_missing_file_fails_at_use_until_it_comes(tables: Tables, sink: log.MemorySink, write: Write) -> None:
    path = write("a b\n", "later")
    os.unlink(path)
    made = tables()
    maps = made.open(f"hash:{path} texthash:{path} pcre:{path}", "virtual_alias_maps")
    assert f"error: open database {path}.lmdb: No such file or directory" in sink.text
    with pytest.raises(LookupFailed):
        maps.get(b"a")
    write("a b\n", "later.lmdb")
    assert made.changed() == [f"hash:{path}"]


def test_fatal_when_the_configuration_says_so(tables: Tables) -> None:
    with pytest.raises(Fatal):
        tables("daemon_table_open_error_is_fatal = yes").open("lmdb:/none", "virtual_alias_maps")


def test_strict_raises(tables: Tables) -> None:
    for spec in ("noname", "hash:", ":x", "foo:bar"):
        with pytest.raises(TableError):
            tables(strict=True).open(spec, "virtual_alias_maps")


def test_a_table_is_opened_once(tables: Tables) -> None:
    made = tables()
    assert made.table("static:x", "a") is made.table("static:x", "b")
    # Where results must be plain, the same text is another table.
    assert made.table("static:x", "a") is not made.table("static:x", "alias_maps")


def test_changed_names_the_tables(tables: Tables, write: Write) -> None:
    made = tables()
    path, other = write("a b\n"), write("/a/ b\n", "re")
    made.open(f"texthash:{path} regexp:{other}", "virtual_alias_maps")
    assert made.changed() == []
    write("a cc\n")
    assert made.changed() == [f"texthash:{path}"]
    made.close()


@pytest.mark.parametrize("param", ["alias_maps", "transport_maps", "sender_dependent_relayhost_maps"])
def test_no_substitution_where_results_are_powerful(tables: Tables, sink: log.MemorySink, param: str) -> None:
    maps = tables().open("regexp:{{/^(a)$/ |$$1}, {/^b$/ fine}}".replace("$$", "$"), param)
    assert maps.get(b"a") is None
    assert maps.get(b"b") == b"fine"
    assert "regular expression substitution is not allowed: skipping this rule" in sink.text
    assert tables().open("regexp:{{/^(a)$/ <$1>}}", "virtual_alias_maps").get(b"a") == b"<a>"


def test_a_renewing_set_opens_changed_tables_anew(tables: Tables, sink: log.MemorySink, write: Write) -> None:
    path = write("a old\n")
    made = tables(renewing=True)
    one = made.open(f"inline:{{b=1}} texthash:{path}", "virtual_alias_maps")
    two = made.open(f"texthash:{path}", "canonical_maps")
    assert one.get(b"a") == two.get(b"a") == b"old"
    os.rename(write("a new\n", "t2"), path)
    assert one.get(b"a") == two.get(b"a") == b"new"
    assert sink.text == f"table texthash:{path} has changed -- opened anew\n"
    os.rename(write("a newer\n", "t3"), path)
    assert two.get(b"a") == one.get(b"a") == b"newer"
    os.unlink(path)
    assert one.get(b"a") == two.get(b"a") == b"newer"
    assert sink.text.count("has changed, but: open") == 1 and made.changed() == [f"texthash:{path}"]


def test_a_renewing_set_finds_a_table_that_was_missing(
    tables: Tables, write: Write, tmp_path: os.PathLike[str]
) -> None:
    maps = tables(renewing=True).open(f"texthash:{os.path.join(tmp_path, 'late')}", "virtual_alias_maps")
    with pytest.raises(LookupFailed):
        maps.get(b"a")
    write("a b\n", "late")
    assert maps.get(b"a") == b"b"


def test_a_file_that_may_not_be_read_is_not_one_that_changes(write: Write) -> None:
    path = write("a b\n")
    watch = MissingWatch(path)
    assert not watch.changed()
    os.chmod(path, 0o600)
    assert watch.changed()
