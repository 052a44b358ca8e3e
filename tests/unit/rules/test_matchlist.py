"""Lists of names, networks, files and tables."""

from pathlib import Path

import pytest

from pymaster.model.lookup import EmptyResult, Maps
from pymaster.rules.matchlist import MatchList
from pymaster.util import log
from pymaster.util.errors import LookupFailed


class FakeMaps:
    def __init__(self, entries: dict[bytes, bytes | Exception]) -> None:
        self.entries = entries
        self.asked: list[tuple[bytes, bool]] = []

    def __bool__(self) -> bool:
        return True

    def get(self, key: bytes, *, fixed_only: bool = False) -> bytes | None:
        self.asked.append((key, fixed_only))
        found = self.entries.get(key)
        if isinstance(found, Exception):
            raise found
        return found


def no_maps(text: str, param: str) -> Maps:
    raise AssertionError(text)


@pytest.fixture(autouse=True)
def sink() -> log.MemorySink:
    sink = log.MemorySink()
    log.setup(sink, "test")
    return sink


def make(text: str, parents: bool = False, maps: FakeMaps | None = None, param: str = "mynetworks") -> MatchList:
    return MatchList(text, (lambda spec, name: maps) if maps else no_maps, parents=parents, param=param)


def test_networks() -> None:
    nets = make("10.0.30.0/24, 192.0.2.7 [::1]/128 [::ffff:127.0.0.0]/104 2001:db8::/32 127.0.0.0/8")
    for listed in ("10.0.30.9", "192.0.2.7", "::1", "2001:DB8::5", "127.0.0.1", "::ffff:192.0.2.7"):
        assert nets.match_host(b"unknown", listed), listed
    for other in ("10.0.31.1", "192.0.2.8", "::2", "", "unknown", "garbage"):
        assert not nets.match_host(b"unknown", other), other


def test_debian_default_accepts_mapped_loopback() -> None:
    assert make("127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128").match_host(b"localhost", "::ffff:127.0.0.1")


def test_first_match_wins() -> None:
    nets = make("!10.0.0.5 10.0.0.0/24 !!10.0.1.1")
    assert not nets.match_host(b"x", "10.0.0.5")
    assert nets.match_host(b"x", "10.0.0.6")
    assert nets.match_host(b"x", "10.0.1.1")


def test_host_bits_are_told_and_fail(sink: log.MemorySink) -> None:
    nets = make("127.0.0.1 10.0.0.1/8")
    assert 'warning: mynetworks: non-null host address bits in "10.0.0.1/8"' in sink.text
    assert nets.match_host(b"x", "127.0.0.1")
    with pytest.raises(LookupFailed):
        nets.match_host(b"x", "10.2.3.4")


def test_names() -> None:
    names = make("Example.com, .sub.example.org, localhost", param="mydestination")
    assert names.match_name(b"EXAMPLE.com")
    assert not names.match_name(b"a.example.com")
    assert names.match_name(b"a.sub.example.org")
    assert not names.match_name(b"sub.example.org")
    assert names.match_string(b"localhost")
    assert not names.match_string(b"a.sub.example.org")
    assert make("K\u00d6LN.example").match_name("k\u00f6ln.example".encode())


def test_parents() -> None:
    names = make("example.com", parents=True, param="relay_domains")
    assert names.match_name(b"a.b.example.com")
    assert not names.match_name(b"badexample.com")


def test_domain_literals_are_names() -> None:
    names = make("[192.0.2.1] [IPv6:::1] [mx.example]", param="mydestination")
    assert names.match_name(b"[192.0.2.1]")
    assert names.match_name(b"[ipv6:::1]")


def test_host_by_name() -> None:
    hosts = make(".example.com 10.0.0.0/8")
    assert hosts.match_host(b"a.example.com", "192.0.2.1")
    assert not hosts.match_host(b"", "192.0.2.1")


def test_table_keys() -> None:
    maps = FakeMaps({b".example.com": b"x", b"10.1.2.3": b"y", b"empty.example": EmptyResult("x")})
    hosts = make("hash:/x", maps=maps)
    assert hosts.match_host(b"a.b.example.com", "1.1.1.1")
    assert maps.asked == [(b"a.b.example.com", False), (b".b.example.com", True), (b".example.com", True)]
    assert hosts.match_host(b"unknown", "10.1.2.3")
    assert not hosts.match_name(b"empty.example")
    assert not hosts.match_string(b"a.example.com")


def test_table_keys_with_parents() -> None:
    maps = FakeMaps({b"example.com": b"x"})
    assert make("hash:/x", True, maps).match_name(b"a.example.com")
    assert maps.asked == [(b"a.example.com", False), (b"example.com", True)]


def test_table_failure_is_not_absence() -> None:
    maps = FakeMaps({b"a": LookupFailed("down")})
    with pytest.raises(LookupFailed):
        make("hash:/x", maps=maps).match_name(b"a")
    # What stands before the table is decided without it.
    assert make("a hash:/x", maps=maps).match_name(b"a")


def test_file(tmp_path: Path, sink: log.MemorySink) -> None:
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    inner.write_text("c.example d.example\n")
    outer.write_text(f"# comment\n\n a.example\n!b.example\n{inner}\n")
    names = make(str(outer), param="mydestination")
    assert [names.match_name(x) for x in (b"a.example", b"b.example", b"c.example", b"e")] == [True, False, True, False]
    none = make(f"!{outer} e", param="mydestination")
    assert [none.match_name(x) for x in (b"a.example", b"b.example", b"e")] == [False, True, True]


def test_missing_and_endless_file(tmp_path: Path, sink: log.MemorySink) -> None:
    names = make(f"a {tmp_path}/none")
    assert "No such file" in sink.text
    assert names.match_name(b"a")
    with pytest.raises(LookupFailed):
        names.match_name(b"b")
    own = tmp_path / "own"
    own.write_text(f"{own}\n")
    with pytest.raises(LookupFailed):
        make(str(own)).match_name(b"b")


def test_empty() -> None:
    assert not make("")
    assert not make("").match_name(b"a")
    assert not make("!").match_name(b"a")
