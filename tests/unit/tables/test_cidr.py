"""cidr_table(5)."""

import ipaddress
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.tables.base import BaseTable
from pymaster.tables.cidr import CidrTable, FlatCidrTable, parse_rules
from pymaster.util import log

Table = Callable[..., BaseTable]


def test_order_and_families(table: Table, write: Callable[..., str]) -> None:
    path = write(
        "10.0.0.0/8 ten\n10.1.0.0/16 never\n192.0.2.1 one\n[::1] lo\n2001:db8::/32 doc\n0.0.0.0/0 rest\n::/0 six\n"
    )
    found = table(f"cidr:{path}")
    assert isinstance(found, FlatCidrTable)
    answers = {
        b"10.1.2.3": b"ten",
        b"192.0.2.1": b"one",
        b"::1": b"lo",
        b"2001:DB8::9": b"doc",
        b"8.8.8.8": b"rest",
        b"::2": b"six",
        b"example.com": None,
        b"[::1]": None,
        b"x" * 500: None,
    }
    assert {key: found.get(key) for key in answers} == answers
    assert not found.fixed


def test_negation_and_conditions(table: Table, write: Callable[..., str]) -> None:
    path = write(
        "if 172.16.1.0/24\n172.16.1.5 five\nif !172.16.1.8\n!172.16.1.9 most\nendif\nendif\n!172.16.0.0/12 other\n"
    )
    found = table(f"cidr:{path}")
    assert isinstance(found, CidrTable)
    keys = (b"172.16.1.5", b"172.16.1.7", b"172.16.1.8", b"172.16.1.9", b"10.0.0.1", b"::1")
    assert [found.get(key) for key in keys] == [b"five", b"most", None, None, b"other", None]


def test_warnings(sink: log.MemorySink) -> None:
    text = b"10.0.0.1/8 x\n010.0.0.1 x\n1.2.3.4/33 x\n1.2.3.4\nendif\nif foo\nif 1.2.3.4 text\nif 1.2.3.4\n"
    steps = parse_rules(text, "t")
    assert len(steps) == 1
    assert sink.text.split("\n")[:-1] == [
        'warning: cidr map t, line 1: non-null host address bits in "10.0.0.1/8", '
        'perhaps you should use "10.0.0.0/8" instead: skipping this rule',
        'warning: cidr map t, line 2: bad address pattern: "010.0.0.1": skipping this rule',
        'warning: cidr map t, line 3: bad mask length in "1.2.3.4/33": skipping this rule',
        "warning: cidr map t, line 4: no lookup result: skipping this rule",
        "warning: cidr map t, line 5: ENDIF without IF: skipping this rule",
        'warning: cidr map t, line 6: bad address pattern: "foo": skipping this rule',
        'warning: cidr map t, line 7: bad address pattern: "1.2.3.4 text": skipping this rule',
        "warning: cidr map t, line 8: IF has no matching ENDIF",
    ]


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    log.setup(log.MemorySink(), "test")
    CidrTable("x", parse_rules(data, "x")).get(b"10.0.0.1")


nets = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(
    lambda pair: ipaddress.IPv4Network((pair[0], pair[1]), strict=False)
)


@given(st.lists(nets, max_size=20), st.lists(st.integers(0, 2**32 - 1), max_size=5))
def test_flat_tables_answer_like_ordered_ones(networks: list[ipaddress.IPv4Network], values: list[int]) -> None:
    log.setup(log.MemorySink(), "test")
    steps = parse_rules("".join(f"{net} r{n}\n" for n, net in enumerate(networks)).encode(), "x")
    assert len(steps) == len(networks)
    flat, ordered = FlatCidrTable("x", steps), CidrTable("x", steps)
    for value in [*values, *(int(net.network_address) for net in networks)]:
        key = str(ipaddress.IPv4Address(value)).encode()
        assert flat.get(key) == ordered.get(key)


@pytest.mark.parametrize("depth", [5000])
def test_deep_nesting(depth: int) -> None:
    steps = parse_rules(b"if 10.0.0.0/8\n" * depth + b"10.0.0.1 x\n" + b"endif\n" * depth, "x")
    assert CidrTable("x", steps).get(b"10.0.0.1") == b"x"
