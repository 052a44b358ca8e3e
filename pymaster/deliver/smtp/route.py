"""route - from a hop to the addresses to try: the MX rule (RFC 5321 section 5.1), loops, limits, preference."""

import ipaddress
import random

from pymaster.deliver.smtp.nexthop import Hop
from pymaster.deliver.smtp.peer import Network, Peer, SessionFailed
from pymaster.deliver.smtp.settings import Settings
from pymaster.model.dns import is_null_mx
from pymaster.model.status import Status, bounced, deferred
from pymaster.util.errors import LookupFailed
from pymaster.util.text import printable

# A domain with a thousand exchangers is an attack; more than this many are not looked up.
MAX_EXCHANGERS = 50


def _not_found(name: str, kind: str, again: bool = False, no_data: bool = False) -> Status:
    head = f"Host or domain name not found. Name service error for name={printable(name)} type={kind}: "
    if again:
        return deferred(head + "Host not found, try again", "4.4.3")
    return bounced(head + ("Host found but no data record of requested type" if no_data else "Host not found"), "5.4.4")


class Router:
    """Finds peers for hops."""

    def __init__(self, settings: Settings, network: Network, rng: random.Random | None = None) -> None:
        self._settings, self._network = settings, network
        self._random = rng or random.Random()

    def peers(self, hop: Hop) -> list[Peer]:
        """Addresses in the order to try, at most smtp_mx_address_limit; raises SessionFailed when there are none."""
        if hop.path:
            # A socket is on this machine, whose name the log gives it.
            return [Peer(self._settings.myhostname.decode(), hop.path, 0)]
        if _is_address(hop.host):
            return [Peer(hop.host, hop.host, hop.port)]
        found = self._by_mx(hop) if hop.mx and self._settings.use_dns else self._by_host(hop.host, hop.port, 0)
        if not found:
            raise SessionFailed(_not_found(hop.host, "A", no_data=True))
        return self._limit(found)

    def _by_mx(self, hop: Hop) -> list[Peer]:
        try:
            answer = self._network.dns.mx(hop.host)
        except LookupFailed:
            if self._settings.ignore_mx_error:
                return self._by_host(hop.host, hop.port, 0)
            raise SessionFailed(_not_found(hop.host, "MX", again=True)) from None
        if not answer.exists:
            raise SessionFailed(_not_found(hop.host, "A"))
        if is_null_mx(answer):
            raise SessionFailed(bounced(f"Domain {printable(hop.host)} does not accept mail (nullMX)", "5.1.0"))
        if not answer:
            return self._by_host(hop.host, hop.port, 0)
        return self._exchangers(hop, [(record.preference, record.host) for record in answer.records if record.host])

    def _exchangers(self, hop: Hop, exchangers: list[tuple[int, str]]) -> list[Peer]:
        found: list[Peer] = []
        trouble: SessionFailed | None = None
        for preference, name in sorted(exchangers)[:MAX_EXCHANGERS]:
            try:
                found += self._by_host(name.rstrip("."), hop.port, preference)
            except SessionFailed as exc:
                # One exchanger without address does not matter while another has one; a temporary trouble wins.
                if trouble is None or exc.status.outcome == 2:
                    trouble = exc
        if not found:
            if trouble is not None and self._settings.defer_no_mx_address:
                trouble.status.outcome, trouble.status.dsn = 2, "4" + trouble.status.dsn[1:]
            raise trouble or SessionFailed(_not_found(hop.host, "A"))
        return self._without_loop(hop, found)

    def _without_loop(self, hop: Hop, found: list[Peer]) -> list[Peer]:
        """Drop ourselves and every exchanger that is no better (RFC 5321 section 5.1)."""
        if hop.port != 25:
            return found
        own = self._network.own_addresses()
        mine = [peer.preference for peer in found if peer.address in own]
        if not mine:
            return found
        left = [peer for peer in found if peer.preference < min(mine)]
        if not left:
            raise SessionFailed(bounced(f"mail for {printable(hop.host)} loops back to myself", "5.4.6"))
        return left

    def _by_host(self, host: str, port: int, preference: int) -> list[Peer]:
        if _is_address(host):
            # An MX record that holds an address is invalid (RFC 5321 section 5.1): not used.
            return [] if preference else [Peer(host, host, port)]
        addresses: list[str] | None = None
        trouble: SessionFailed | None = None
        for method in self._settings.host_lookup or ("dns",):
            try:
                addresses = self._lookup(host, method)
            except LookupFailed:
                trouble = SessionFailed(_not_found(host, "A", again=True))
                continue
            if addresses:
                return [Peer(host, address, port, preference) for address in addresses]
        if trouble is not None:
            raise trouble
        raise SessionFailed(_not_found(host, "A", no_data=addresses is not None))

    def _lookup(self, host: str, method: str) -> list[str] | None:
        if method == "native" or not self._settings.use_dns:
            return list(self._network.native(host))
        answer = self._network.dns.addresses(host)
        return list(answer.records) if answer.exists else None

    def _limit(self, found: list[Peer]) -> list[Peer]:
        """Order by preference, shuffle equals, and cut, keeping both address families (smtp_balance_inet_protocols)."""
        settings = self._settings
        ranked = [
            (peer.preference, self._random.random() if settings.randomize else n, peer) for n, peer in enumerate(found)
        ]
        ranked.sort(key=lambda item: item[:2])
        peers = [peer for _, _, peer in ranked]
        if settings.preference in ("ipv4", "ipv6"):
            wanted = settings.preference == "ipv6"
            peers.sort(key=lambda peer: (peer.preference, (":" in peer.address) is not wanted))
        limit = settings.address_limit or len(peers)
        if len(peers) <= limit or not settings.balance or limit < 2:
            return peers[:limit]
        return _balance(peers, limit)


def _balance(peers: list[Peer], limit: int) -> list[Peer]:
    """At most `limit` peers, neither family taking more than half while the other has some to offer."""
    for six in (False, True):
        of_family = sum((":" in peer.address) is six for peer in peers[:limit])
        others = [peer for peer in peers[limit:] if (":" in peer.address) is not six]
        surplus = min(of_family - (limit - of_family), len(others) * 2) // 2
        if surplus > 0:
            kept, dropped = [], 0
            for peer in reversed(peers[:limit]):
                if (":" in peer.address) is six and dropped < surplus:
                    dropped += 1
                else:
                    kept.append(peer)
            merged = kept[::-1] + others[:dropped]
            return sorted(merged, key=lambda peer: peer.preference)
    return peers[:limit]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
