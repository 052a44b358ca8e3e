"""localdomain - which domains are this machine itself: mydestination and its own address literals.

A domain matches when mydestination lists it, or when it is `[address]` with an address that inet_interfaces or
proxy_interfaces name (ADDRESS_CLASS_README, the local domain class). Loopback literals always are this machine.
"""

import ipaddress
from collections.abc import Iterable

from pymaster.config import interfaces
from pymaster.config.params.core import CoreParams
from pymaster.config.params.routing import RoutingParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.model.lookup import OpenMaps
from pymaster.rules.matchlist import MatchList

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class LocalDomains:
    """The local domains of one snapshot. `own` are this machine's addresses; None asks inet_interfaces."""

    def __init__(self, snapshot: Snapshot, open_maps: OpenMaps, own: Iterable[str] | None = None) -> None:
        core = snapshot[CoreParams]
        destinations = snapshot[RoutingParams].mydestination
        self._destinations = MatchList(destinations, open_maps, parents=False, param="mydestination")
        texts = list(own) if own is not None else _own_texts(core.inet_interfaces)
        texts += split_list(core.proxy_interfaces)
        self._own = frozenset(a for a in map(_address, texts) if a is not None)

    def matches(self, domain: bytes) -> bool:
        """Whether a domain is local; raises LookupFailed."""
        if domain.startswith(b"["):
            address = literal_address(domain)
            return address is not None and (address.is_loopback or address in self._own)
        return self._destinations.match_string(domain)


def literal_address(domain: bytes) -> Address | None:
    """The address in `[1.2.3.4]` or `[IPv6:...]` (RFC 5321 section 4.1.3); None when it is none."""
    if not (domain.startswith(b"[") and domain.endswith(b"]") and domain.isascii()):
        return None
    text = domain[1:-1].decode("ascii")
    if text[:5].lower() == "ipv6:":
        found = _address(text[5:])
        return found if isinstance(found, ipaddress.IPv6Address) else None
    found = _address(text)
    return found if isinstance(found, ipaddress.IPv4Address) else None


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None  # a name in the list: resolving it is the listener's business


def _own_texts(inet_interfaces: str) -> list[str]:
    words = split_list(inet_interfaces)
    if "all" in words:
        return [str(item.ip) for item in interfaces.own()]
    return words
