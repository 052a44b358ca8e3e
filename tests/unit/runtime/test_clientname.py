"""Client names: found, verified, or not."""

from pathlib import Path

import pytest

from pymaster.runtime.clientname import OK, PERMANENT, TEMPORARY, ClientName, ClientNames, Hosts
from pymaster.util import log
from tests.unit.rules.access.lab import ILL, FakeDns


@pytest.fixture
def hosts(tmp_path: Path) -> Hosts:
    path = tmp_path / "hosts"
    path.write_text("127.0.0.1\tlocalhost  loop # x\n# 192.0.2.1 no.test\n0:0::1 six\nx\n")
    return Hosts(str(path))


def name(hosts: Hosts, address: str, **records: object) -> ClientName:
    made = {(kind, key): value for kind, pair in records.items() for key, value in [pair]}  # type: ignore[misc]
    return ClientNames(FakeDns(made), hosts).of(address)


def test_verified(hosts: Hosts) -> None:
    found = name(hosts, "192.0.2.1", PTR=("192.0.2.1", ["a.test"]), A=("a.test", ["192.0.2.9", "192.0.2.1"]))
    assert found == ClientName("a.test", "a.test", OK, OK)


def test_hosts_file(hosts: Hosts) -> None:
    assert name(hosts, "127.0.0.1").name == "localhost"
    assert name(hosts, "::1").name == "six"
    assert Hosts("/nonexistent").name("127.0.0.1") == ""


def test_unverified(hosts: Hosts) -> None:
    sink = log.MemorySink()
    log.setup(sink, "test")
    found = name(hosts, "192.0.2.1", PTR=("192.0.2.1", ["a.test"]), A=("a.test", ["192.0.2.9"]))
    assert found == ClientName("unknown", "a.test", PERMANENT, OK)
    assert sink.text == "warning: hostname a.test does not resolve to address 192.0.2.1\n"


def test_nobody_knows(hosts: Hosts) -> None:
    assert name(hosts, "192.0.2.1", PTR=("192.0.2.1", ILL)).status == TEMPORARY
    found = name(hosts, "192.0.2.1", PTR=("192.0.2.1", ["a.test"]), A=("a.test", ILL))
    assert found == ClientName("unknown", "a.test", TEMPORARY, OK)


@pytest.mark.parametrize("bad", ["", "1.2.3.4", "a b", "a\nb", "x" * 300, "-a"])
def test_names_that_are_none(hosts: Hosts, bad: str) -> None:
    assert name(hosts, "192.0.2.1", PTR=("192.0.2.1", [bad]), A=(bad, ["192.0.2.1"])) == ClientName()


def test_not_wanted(hosts: Hosts) -> None:
    assert ClientNames(FakeDns(), hosts, wanted=False).of("127.0.0.1") == ClientName()
