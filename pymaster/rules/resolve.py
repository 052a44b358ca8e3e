"""resolve - where a recipient goes: transport, next hop, final address and address class (trivial-rewrite(8)).

The address's own domains are peeled off until a remote domain or a local user is left, so that routes hidden in a local
part (`user@x@y`, `user%x@y`, `x!user@y`, also quoted) are judged by where they really lead: no form of them opens a
relay. Sources: ADDRESS_CLASS_README, postconf(5) transport_maps, relayhost, sender_dependent_*; transport(5).
"""

import re
from dataclasses import dataclass, replace

from pymaster.config.params.core import CoreParams
from pymaster.config.params.local import LocalParams
from pymaster.config.params.rewriting import RewritingParams
from pymaster.config.snapshot import Snapshot
from pymaster.model.lookup import OpenMaps
from pymaster.proto.address import is_dot_atom
from pymaster.rules.localdomain import LocalDomains, literal_address
from pymaster.rules.nexthop import NextHops
from pymaster.rules.rewrite import Rewriter
from pymaster.util.clock import SYSTEM, Clock

LOCAL, ALIAS, VIRTUAL, RELAY, DEFAULT = "local", "virtual_alias", "virtual_mailbox", "relay", "default"
BAD_ADDRESS = "5.1.3 bad address syntax"
_HOSTNAME = re.compile(
    rb"(?=[^\x00]{1,255}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*"
)
_NUMERIC = re.compile(rb"[0-9.]+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+")
# Seconds that an answer is kept: tables may change under a running process.
KEEP, MAX_KEPT = 1.0, 20000


@dataclass(slots=True, frozen=True)
class Route:
    """Where a recipient goes.

    `klass` is `local`, `virtual_alias`, `virtual_mailbox`, `relay` or `default`. `routed` says that the local part
    still holds a routing character (`@`, `%`, `!`): such an address is never an authorised destination unless
    allow_untrusted_routing is set. When not `ok` the address is invalid: the transport is `error`.
    """

    transport: str
    nexthop: str
    recipient: bytes
    klass: str = DEFAULT
    ok: bool = True
    routed: bool = False

    @property
    def final(self) -> bool:
        """Whether this machine is the last hop for the domain (local, virtual alias or virtual mailbox)."""
        return self.ok and self.klass in (LOCAL, ALIAS, VIRTUAL)


class Resolver:
    """The resolving rules of one snapshot; answers are kept for a second, failures never."""

    def __init__(
        self,
        snapshot: Snapshot,
        open_maps: OpenMaps,
        *,
        rewriter: Rewriter | None = None,
        local: LocalDomains | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        params = snapshot[RewritingParams]
        self.rewriter = rewriter or Rewriter(snapshot)
        self.local = local or LocalDomains(snapshot, open_maps)
        self.untrusted_routing = params.allow_untrusted_routing
        self._hops = NextHops(snapshot, open_maps, self.local)
        self._bang, self._percent = params.swap_bangpath, params.allow_percent_hack
        self._dequote = params.resolve_dequoted_address
        self._null_domain, self._numeric = params.resolve_null_domain, params.resolve_numeric_domain
        self._empty = params.empty_address_recipient.encode()
        self._myhostname = snapshot[CoreParams].myhostname.encode()
        self._min_user = snapshot[LocalParams].allow_min_user
        self._clock, self._until = clock, 0.0
        self._kept: dict[tuple[bytes, bytes], Route] = {}

    def resolve(self, sender: bytes, recipient: bytes) -> Route:
        """The route of an internal address for mail from `sender`; raises LookupFailed.

        An incomplete recipient is completed first, as `Rewriter.rewrite` does in local context.
        """
        now = self._clock.monotonic()
        if now >= self._until or len(self._kept) >= MAX_KEPT:
            self._kept.clear()
            self._until = now + KEEP
        key = (sender if self._hops.by_sender else b"", recipient)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._resolve(sender, recipient)
        return found

    def well_formed(self, address: bytes) -> bool:
        """Whether an internal address has a domain that can be one and a local part that may be a user's.

        Nothing is looked up; what rewriting and routes make of it is for `resolve`.
        """
        local, at, domain = address.rpartition(b"@")
        if not at:
            return True
        if local.startswith(b"-") and not self._min_user:
            return False
        return not domain or bool(self._domain(domain.removesuffix(b".")))

    def _resolve(self, sender: bytes, recipient: bytes) -> Route:
        address, is_local = self._peel(self.rewriter.rewrite(recipient))
        local, _, domain = address.rpartition(b"@")
        domain = self._domain(domain)
        if not domain:
            return Route("error", BAD_ADDRESS, address, LOCAL if is_local else DEFAULT, ok=False)
        address = local + b"@" + domain
        route = self._hops.local(address) if is_local else self._hops.remote(sender, address, domain)
        made = Route(*route, routed=any(c in local for c in (b"@", b"%", b"!")))
        if local.startswith(b"-") and not self._min_user:
            return replace(made, transport="error", nexthop=BAD_ADDRESS, ok=False)
        return made

    def _domain(self, domain: bytes) -> bytes:
        """A valid domain, perhaps put in brackets; b"" when it is invalid."""
        if domain.startswith(b"["):
            return domain if literal_address(domain) is not None else b""
        if _NUMERIC.fullmatch(domain):
            bracketed = b"[" + (b"IPv6:" if b":" in domain else b"") + domain + b"]"
            return bracketed if self._numeric and literal_address(bracketed) is not None else b""
        if domain.isascii():
            return domain if _HOSTNAME.fullmatch(domain) else b""
        return domain if _valid_utf8(domain) else b""

    def _peel(self, address: bytes) -> tuple[bytes, bool]:
        """Strip local domains and follow routes; the address left over, and whether it is a local user's."""
        saved = b""
        for _ in range(len(address) + 100):
            if self._null_domain and address.endswith(b"@"):
                address = address[:-1]
            local, at, domain = address.rpartition(b"@")
            if at:
                if domain and not self.local.matches(domain):
                    return address, False
                address, saved = local, at + domain
            promoted = self._promote(address)
            if promoted is None:
                break
            address = self.rewriter.rewrite(promoted)
        return (address or self._empty) + (saved or b"@" + self._myhostname), True

    def _promote(self, local: bytes) -> bytes | None:
        """A local part that is itself a route, as an address with `@`; None when it is an ordinary one."""
        plain = is_dot_atom(local)
        if b"@" in local:
            return local  # internal form cannot tell `a@b@c` from `"a@b"@c`: both are routes
        if not plain and not self._dequote:
            return None
        orders = ((self._bang, b"!"), (self._percent, b"%"))
        for allowed, mark in orders if plain else reversed(orders):
            if not allowed or mark not in local:
                continue
            left, _, right = local.partition(mark) if mark == b"!" else local.rpartition(mark)
            if left and right:
                return right + b"@" + left if mark == b"!" else left + b"@" + right
        return None


def _valid_utf8(domain: bytes) -> bool:
    """Whether a domain with 8-bit text is a name that IDNA can express (RFC 5890)."""
    try:
        return len(domain) <= 255 and bool(domain.decode("utf-8").encode("idna"))
    except UnicodeError:
        return False
