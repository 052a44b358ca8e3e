"""tools - what restrictions are handed: configuration, tables, the DNS, address resolving, waits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pymaster.config.snapshot import Snapshot
from pymaster.model.dns import Dns
from pymaster.model.lookup import OpenMaps


class Route(Protocol):
    """What resolving says of a recipient (`rules.resolve.Route`)."""

    @property
    def recipient(self) -> bytes: ...
    @property
    def klass(self) -> str: ...
    @property
    def routed(self) -> bool: ...
    @property
    def transport(self) -> str: ...


class Refusal(Protocol):
    """Why an address is unknown."""

    @property
    def code(self) -> int: ...
    @property
    def dsn(self) -> str: ...
    @property
    def text(self) -> str: ...


# Attributes of a policy request in order (SMTPD_POLICY_README) -> the action. Raises LookupFailed.
AskPolicy = Callable[[list[tuple[str, str]]], str]


def no_policy(endpoint: str) -> AskPolicy:
    """For processes without a policy client: every question is a failure."""
    from pymaster.util.errors import LookupFailed

    def ask(attributes: list[tuple[str, str]]) -> str:
        raise LookupFailed(f"no client for {endpoint}")

    return ask


@dataclass(slots=True)
class Tools:
    """`resolve(sender, recipient)` and `unknown(recipient, sender, role)` raise LookupFailed; `complete` makes an
    address `user@domain`; `sleep` takes seconds; `trusted(name, address)` is mynetworks."""

    snapshot: Snapshot
    open_maps: OpenMaps
    dns: Dns
    resolve: Callable[[bytes, bytes], Route]
    unknown: Callable[[bytes, bytes, str], Refusal | None]
    complete: Callable[[bytes], bytes]
    trusted: Callable[[str, str], bool]
    sleep: Callable[[float], None]
    interfaces: Callable[[], frozenset[str]] = frozenset
    open_policy: Callable[[str], AskPolicy] = no_policy
