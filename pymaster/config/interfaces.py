"""interfaces - this machine's addresses and netmasks, and the networks that mynetworks_style makes of them."""

from __future__ import annotations

import ipaddress

from pymaster.config import netlink
from pymaster.util.errors import ConfigError

Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface


def own() -> list[Interface]:
    """Every address of this machine with its netmask."""
    return [ipaddress.ip_interface(f"{address}/{prefix}") for address, prefix in netlink.addresses()]


def networks(style: str, wanted: list[str], available: list[Interface] | None = None) -> list[str]:
    """Network patterns for mynetworks, IPv4 first, each once.

    `style` is class, subnet or host; `wanted` is inet_interfaces (all, loopback-only or addresses). Raises ConfigError.
    """
    if style not in ("class", "subnet", "host"):
        raise ConfigError(f"bad mynetworks_style: {style}")
    found = own() if available is None else available
    if "all" not in wanted:
        found = [item for item in found if item.ip.is_loopback or str(item.ip) in [w.strip("[]") for w in wanted]]
    found.sort(key=lambda item: item.version)
    return list(dict.fromkeys(_pattern(item, style) for item in found))


def _pattern(item: Interface, style: str) -> str:
    if isinstance(item, ipaddress.IPv6Interface):
        network = ipaddress.IPv6Network(item.ip) if style == "host" else item.network
        return f"[{network.network_address}]/{network.prefixlen}"
    if style == "host":
        return f"{item.ip}/32"
    if style == "subnet":
        return str(item.network)
    return str(ipaddress.IPv4Network((item.ip, _class_bits(item.ip)), strict=False))


def _class_bits(address: ipaddress.IPv4Address) -> int:
    first = address.packed[0]
    return 8 if first < 128 else 16 if first < 192 else 24 if first < 224 else 32
