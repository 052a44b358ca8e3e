"""The keys of access tables, in order."""

from pymaster.rules.access import search
from tests.unit.rules.access.lab import FakeMaps


def test_mail() -> None:
    maps = FakeMaps({})
    assert search.mail(maps, b"user+foo@a.b.test", True, b"+") is None
    assert maps.asked == [
        b"user+foo@a.b.test",
        b"user@a.b.test",
        b"a.b.test",
        b"b.test",
        b"test",
        b"user+foo@",
        b"user@",
    ]
    maps = FakeMaps({})
    search.mail(maps, b"user@a.b.test", False, b"+")
    assert maps.asked == [b"user@a.b.test", b"a.b.test", b".b.test", b".test", b"user@"]
    maps = FakeMaps({}, fixed=False)
    search.mail(maps, b"user+foo@a.test", True, b"+")
    assert maps.asked == [b"user+foo@a.test"]


def test_host() -> None:
    maps = FakeMaps({})
    search.host(maps, "h.a.test", "192.0.2.1", True)
    assert maps.asked == [b"h.a.test", b"a.test", b"test", b"192.0.2.1", b"192.0.2", b"192.0", b"192"]
    maps = FakeMaps({})
    search.network(maps, "2001:db8::1")
    assert maps.asked == [b"2001:db8::1", b"2001:db8", b"2001"]


def test_the_first_value_ends_the_search() -> None:
    maps = FakeMaps({b"a.test": b"DUNNO", b"user@": b"REJECT"})
    assert search.mail(maps, b"user@a.test", True, b"") == b"DUNNO"


def test_extensions() -> None:
    assert search.without_extension(b"user+a-b", b"+-") == b"user"
    assert search.without_extension(b"+x", b"+") == b"+x"
    assert search.without_extension(b"mailer-daemon", b"-") == b"mailer-daemon"


def test_owners() -> None:
    maps = FakeMaps({b"joe@a.test": b"joe\tx", b"@b.test": b"y"})
    assert search.owners(maps, b"joe+z@a.test", b"+") == {"joe", "x"}
    assert search.owners(maps, b"q@b.test", b"") == {"y"}
    assert search.owners(maps, b"q@c.test", b"") is None
