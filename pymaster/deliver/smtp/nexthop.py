"""nexthop - what a nexthop says (transport(5), relayhost): hosts to look up, addresses, unix sockets."""

import re
from dataclasses import dataclass

from pymaster.config.words import split_list

_SERVICES = {"smtp": 25, "lmtp": 24, "submission": 587, "smtps": 465, "submissions": 465}
_BRACKET = re.compile(r"\[([^\[\]]*)\](?::([A-Za-z0-9-]+))?")


@dataclass(slots=True, frozen=True)
class Hop:
    """One destination. `mx` says whether to look for MX records; `path` is a unix socket; port 0 with a path."""

    host: str
    port: int
    mx: bool
    path: str = ""


class BadNexthop(Exception):
    """A nexthop that no client can use: a configuration error, so the mail waits."""


def port_number(text: str, known: dict[str, int] | None = None) -> int:
    """The port of a number (1-65535) or a known service name; raises BadNexthop."""
    if re.fullmatch(r"[0-9]{1,5}", text) and 0 < int(text) < 65536:
        return int(text)
    port = (known or {}).get(text) or _SERVICES.get(text)
    if port is None:
        raise BadNexthop(f"unknown service: {text}")
    return port


def _one(text: str, default: int, mx: bool) -> Hop:
    match = _BRACKET.fullmatch(text)
    if match:
        host = match[1].removeprefix("IPv6:").removeprefix("ipv6:")
        return Hop(host, port_number(match[2]) if match[2] else default, False)
    host, colon, port = text.rpartition(":")
    if not colon:
        return Hop(text, default, mx)
    if not host or ":" in host:
        raise BadNexthop(f"bad destination: {text}")
    return Hop(host, port_number(port), mx)


def parse(text: str, default: int, lmtp: bool) -> list[Hop]:
    """The hops of a nexthop in order; `default` is the port when none is given. Raises BadNexthop."""
    hops = []
    for item in split_list(text):
        if lmtp and item.startswith("unix:"):
            hops.append(Hop(item[5:], 0, False, item[5:]))
        else:
            hops.append(_one(item.removeprefix("inet:") if lmtp else item, default, not lmtp))
    if not hops:
        raise BadNexthop("empty destination")
    return hops
