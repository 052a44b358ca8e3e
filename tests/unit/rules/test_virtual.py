"""Virtual aliases and their limits."""

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.rules.addrmap import AddressMap
from pymaster.rules.addrsearch import Search
from pymaster.rules.rewrite import Rewriter
from pymaster.rules.virtual import VirtualAliases
from pymaster.util.errors import LookupFailed
from tests.fakes import open_dicts


def virtual(table: dict[str, str] | None, text: str = "") -> VirtualAliases:
    snapshot = Snapshot.from_text("myorigin = o.test\nvirtual_alias_maps = test:v\n" + text)
    return VirtualAliases(
        snapshot, open_dicts(v=table), AddressMap(Search("+", lambda d: d == b"o.test"), Rewriter(snapshot))
    )


def test_recursive_and_many() -> None:
    made = virtual({"list@d.test": "a@d.test, b@d.test", "a@d.test": "c", "@e.test": "b@d.test"})
    assert made.expand(b"list@d.test") == [b"c@o.test", b"b@d.test"]
    assert made.expand(b"x@e.test") == [b"b@d.test"]
    assert made.expand(b"other@d.test") == [b"other@d.test"]


def test_an_address_may_expand_to_itself_once() -> None:
    made = virtual({"a@d.test": "a@d.test, b@d.test", "b@d.test": "B@d.test"})
    assert made.expand(b"a@d.test") == [b"a@d.test", b"B@d.test"]


@pytest.mark.parametrize(
    "table",
    [
        {"a@d.test": "b@d.test", "b@d.test": "a@d.test"},
        {f"{n}@d.test": f"{n + 1}@d.test, {n + 1}+x@d.test" for n in range(25)} | {"a@d.test": "0@d.test"},
        {"a@d.test": ", ".join(f"{n}@x.test" for n in range(2000))},
        {"a@d.test": "a" * 1200 + "@d.test"},
        {"a@d.test": "a+x@d.test"},
    ],
)
def test_bombs_and_circles_are_refused(table: dict[str, str]) -> None:
    made = virtual(table, "recipient_delimiter = +\nvirtual_alias_expansion_limit = 1000\n")
    result = made.expand(b"a@d.test")
    assert result is None or len(result) <= 1001


def test_failure() -> None:
    with pytest.raises(LookupFailed):
        virtual(None).expand(b"a@d.test")
