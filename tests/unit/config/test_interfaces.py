"""Networks of the machine's own interfaces."""

import ipaddress

import pytest

from pymaster.config import interfaces
from pymaster.util.errors import ConfigError

OWN = [
    ipaddress.IPv6Interface("2001:db8::5/64"),
    ipaddress.IPv4Interface("127.0.0.1/8"),
    ipaddress.IPv4Interface("192.0.2.7/26"),
    ipaddress.IPv4Interface("172.16.9.9/20"),
    ipaddress.IPv6Interface("::1/128"),
]


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("host", "127.0.0.1/32 192.0.2.7/32 172.16.9.9/32 [2001:db8::5]/128 [::1]/128"),
        ("subnet", "127.0.0.0/8 192.0.2.0/26 172.16.0.0/20 [2001:db8::]/64 [::1]/128"),
        ("class", "127.0.0.0/8 192.0.2.0/24 172.16.0.0/16 [2001:db8::]/64 [::1]/128"),
    ],
)
def test_styles(style: str, expected: str) -> None:
    assert interfaces.networks(style, ["all"], list(OWN)) == expected.split()


def test_only_the_wanted_interfaces() -> None:
    assert interfaces.networks("host", ["loopback-only"], list(OWN)) == ["127.0.0.1/32", "[::1]/128"]
    assert "192.0.2.7/32" in interfaces.networks("host", ["192.0.2.7", "[2001:db8::5]"], list(OWN))


def test_unknown_style() -> None:
    with pytest.raises(ConfigError):
        interfaces.networks("world", ["all"], [])


def test_this_machine() -> None:
    assert any(item.ip.is_loopback for item in interfaces.own())
