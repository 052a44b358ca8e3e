"""dns - what the rest of the house knows of the DNS; `pymaster.runtime.dns` implements it, tests hand in a fake.

"There is none" is a value, "nobody knows" (SERVFAIL, timeout, garbage) is LookupFailed: the difference between a
permanent and a temporary reply.
"""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


@dataclass(slots=True, frozen=True)
class Mx:
    """One mail exchanger; `host` has no final dot and is empty for a null MX (RFC 7505)."""

    preference: int
    host: str


@dataclass(slots=True, frozen=True)
class Answer(Generic[T]):
    """Records in the order of the reply. No records: `exists` tells an empty answer from NXDOMAIN.

    `secure` is the AD bit of a validating resolver.
    """

    records: tuple[T, ...] = ()
    exists: bool = True
    secure: bool = False

    def __bool__(self) -> bool:
        return bool(self.records)


class Dns(Protocol):
    """Lookups that a rule or an agent may ask for; each raises LookupFailed when nobody knows. Names are text."""

    def mx(self, name: str) -> Answer[Mx]:
        """Mail exchangers by rising preference."""

    def addresses(self, name: str) -> Answer[str]:
        """IPv4 and IPv6 addresses as text (by inet_protocols), IPv4 first."""

    def ptr(self, address: str) -> Answer[str]:
        """Names of an address, without the final dot."""

    def txt(self, name: str) -> Answer[str]:
        """Text records, the strings of each joined."""


def is_null_mx(answer: Answer[Mx]) -> bool:
    """Whether a domain says that it takes no mail (RFC 7505)."""
    return len(answer.records) == 1 and not answer.records[0].host
