"""Addresses through tables."""

from pymaster.config.snapshot import Snapshot
from pymaster.rules.addrmap import AddressMap, propagates
from pymaster.rules.addrsearch import Search
from pymaster.rules.rewrite import Rewriter
from tests.fakes import DictMaps

SNAPSHOT = Snapshot.from_text("myorigin = o.test\n")
MAP = AddressMap(Search("+", lambda domain: domain == b"o.test"), Rewriter(SNAPSHOT))


def test_results() -> None:
    table = DictMaps({b"u@d.test": b"a, b@c.test", b"@old.test": b"@new.test", b"x": b'"q r"@s.test'})
    assert MAP.map(table, b"u+e@d.test", True) == [b"a+e@o.test", b"b+e@c.test"]
    assert MAP.map(table, b"u+e@d.test", False) == [b"a@o.test", b"b@c.test"]
    assert MAP.map(table, b"w+e@old.test", True) == [b"w+e@new.test"]
    assert MAP.map(table, b"w+e@old.test", False) == [b"w@new.test"]
    assert MAP.map(table, b"x@o.test", True) == [b"q r@s.test"]
    assert MAP.map(table, b"nobody@o.test", True) is None


def test_propagation_by_kind() -> None:
    assert propagates(SNAPSHOT, "virtual") and not propagates(SNAPSHOT, "alias")
