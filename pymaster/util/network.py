"""network - addresses and networks as numbers, for lists and tables that are asked about a client again and again.

Text is what Postfix takes (cidr_table(5), postconf(5) mynetworks): `192.0.2.0/24`, `[2001:db8::]/32`, `::1`. Octal and
shortened IPv4 forms are none, for programs disagree about what they mean.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

_DIGITS = re.compile(r"[0-9]{1,3}")
# No address is longer as text; more is not looked at.
MAX_TEXT = 64


class BadNetwork(Exception):
    """Text that is no network; in Postfix's words."""


@dataclass(slots=True, frozen=True)
class Network:
    """A network: address bits as a number, prefix length, and the family's width in bits (32 or 128)."""

    value: int
    length: int
    width: int

    def holds(self, value: int, width: int) -> bool:
        """Whether an address of that width lies in the network."""
        return width == self.width and (value ^ self.value) >> (width - self.length) == 0


def parse_address(text: str) -> tuple[int, int] | None:
    """An address as number and width; None when it is none."""
    return _parse(text) if len(text) <= MAX_TEXT else None


@lru_cache(maxsize=4096)  # the same clients come again and again, and each is looked for in several lists
def _parse(text: str) -> tuple[int, int] | None:
    try:
        if ":" in text:
            return (int(IPv6Address(text)), 128) if "%" not in text else None
        return int(IPv4Address(text)), 32
    except AddressValueError:
        return None


def parse_network(text: str) -> Network:
    """`address` or `address/length`, the address perhaps in brackets; raises BadNetwork."""
    bare = text
    if text.startswith("["):
        address, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith("/")):
            raise BadNetwork(f"missing ']' character after \"{text}\"")
        bare = address + rest
    address, slash, mask = bare.partition("/")
    found = parse_address(address)
    if found is None:
        raise BadNetwork(f'bad net/mask pattern: "{text}"' if slash else f'bad address pattern: "{text}"')
    value, width = found
    if not slash:
        return Network(value, width, width)
    if not _DIGITS.fullmatch(mask):
        raise BadNetwork(f'bad net/mask pattern: "{text}"')
    length = int(mask)
    if length > width:
        raise BadNetwork(f'bad mask length in "{text}"')
    kept = value >> (width - length) << (width - length)
    if kept != value:
        good = IPv6Address(kept) if width == 128 else IPv4Address(kept)
        raise BadNetwork(f'non-null host address bits in "{text}", perhaps you should use "{good}/{length}" instead')
    return Network(value, length, width)
