"""nexthop - transport and next hop of a valid address, by class, maps and relayhost (ADDRESS_CLASS_README, transport(5)).

Precedence: transport_maps over everything (but virtual alias domains); then the class's transport; for relayed and
default mail the sender's relayhost, relayhost, the domain. relocated_maps has the last word.
"""

from collections.abc import Iterator

from pymaster.config.params.core import CoreParams
from pymaster.config.params.rewriting import RewritingParams
from pymaster.config.params.routing import RoutingParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.model.lookup import Maps, OpenMaps
from pymaster.rules import addrsearch
from pymaster.rules.localdomain import LocalDomains
from pymaster.rules.matchlist import MatchList
from pymaster.util import log
from pymaster.util.text import printable

# What a route is made of: transport, next hop, recipient, class.
Hop = tuple[str, str, bytes, str]
MAX_WARNED = 1000


class NextHops:
    """The class lists and routing tables of one snapshot."""

    def __init__(self, snapshot: Snapshot, open_maps: OpenMaps, local: LocalDomains) -> None:
        routing, rewriting = snapshot[RoutingParams], snapshot[RewritingParams]
        self._routing, self._local = routing, local
        parents = split_list(routing.parent_domain_matches_subdomains)

        def domains(name: str, text: str) -> MatchList:
            return MatchList(text, open_maps, parents=name in parents, param=name)

        self._alias = domains("virtual_alias_domains", rewriting.virtual_alias_domains)
        self._virtual = domains("virtual_mailbox_domains", routing.virtual_mailbox_domains)
        self._relay = domains("relay_domains", routing.relay_domains)
        self._transport_parents = "transport_maps" in parents
        self._transports = open_maps(routing.transport_maps, "transport_maps")
        self._relocated = open_maps(rewriting.relocated_maps, "relocated_maps")
        self._relayhosts = open_maps(routing.sender_dependent_relayhost_maps, "sender_dependent_relayhost_maps")
        self._defaults = open_maps(
            routing.sender_dependent_default_transport_maps, "sender_dependent_default_transport_maps"
        )
        self.by_sender = bool(self._relayhosts) or bool(self._defaults)
        self._null_relay = rewriting.empty_address_relayhost_maps_lookup_key.encode()
        self._null_default = rewriting.empty_address_default_transport_maps_lookup_key.encode()
        self._search = addrsearch.Search(rewriting.recipient_delimiter, local.matches, rewriting.owner_request_special)
        self._helpful = snapshot[CoreParams].helpful_warnings
        self._warned: set[tuple[bytes, str]] = set()

    def local(self, address: bytes) -> Hop:
        """The way of a user of this machine."""
        domain = address.rpartition(b"@")[2]
        if self._helpful:
            for matcher, name in ((self._alias, "virtual_alias_domains"), (self._virtual, "virtual_mailbox_domains")):
                if matcher.match_string(domain):
                    self._nag(domain, "mydestination", name)
        return self._finish(address, domain, self._routing.local_transport, "", "local")

    def remote(self, sender: bytes, address: bytes, domain: bytes) -> Hop:
        """The way of an address whose domain is not local."""
        if self._alias.match_string(domain):
            if self._helpful:
                self._nag_overlap(domain, "virtual_alias_domains")
            table = " in virtual alias table" if self._routing.show_user_unknown_table_name else ""
            return self._relocate(address, ("error", f"5.1.1 User unknown{table}", address, "virtual_alias"))
        if self._virtual.match_string(domain):
            if self._helpful and self._relay.match_name(domain):
                self._nag(domain, "virtual_mailbox_domains", "relay_domains")
            return self._finish(address, domain, self._routing.virtual_transport, "", "virtual_mailbox")
        if self._relay.match_name(domain):
            return self._finish(address, domain, self._routing.relay_transport, self._relayhost(sender), "relay")
        transport = self._by_sender(self._defaults, sender or self._null_default) or self._routing.default_transport
        return self._finish(address, domain, transport, self._relayhost(sender), "default")

    def _relayhost(self, sender: bytes) -> str:
        """The sender's relay host, or relayhost; "" sends to the domain itself."""
        found = self._sender_value(self._relayhosts, sender or self._null_relay)
        if found is None:
            return self._routing.relayhost
        return "" if found.upper() == "DUNNO" else found

    def _by_sender(self, maps: Maps, sender: bytes) -> str:
        found = self._sender_value(maps, sender)
        return "" if found is None or found.upper() == "DUNNO" else found

    def _sender_value(self, maps: Maps, sender: bytes) -> str | None:
        found = self._search.find(maps, sender) if maps else None
        return found.decode("utf-8", "replace") if found else None

    def _finish(self, address: bytes, domain: bytes, transport: str, relayhost: str, klass: str) -> Hop:
        """Divide `transport:nexthop`, then let transport_maps and relocated_maps have their say."""
        name, _, host = transport.partition(":")
        fallback = domain.lower().decode("utf-8", "replace")
        hop = (name, host or relayhost or fallback, address, klass)
        for key, partial in self._transport_keys(address, domain) if self._transports else ():
            value = self._transports.get(key, fixed_only=partial)
            if value is not None:
                hop = self._override(hop, value, fallback)
                break
        return self._relocate(address, hop)

    def _transport_keys(self, address: bytes, domain: bytes) -> Iterator[tuple[bytes, bool]]:
        """The keys of transport(5), and whether each is only for tables with literal keys."""
        yield address, False
        plain = self._search.without_extension(address)
        if plain is not None:
            yield plain, True
        yield domain, False
        parent = domain.partition(b".")
        while parent[2] and not domain.startswith(b"["):
            yield parent[2] if self._transport_parents else b"." + parent[2], True
            parent = parent[2].partition(b".")
        yield b"*", True

    @staticmethod
    def _override(hop: Hop, value: bytes, domain: str) -> Hop:
        name, _, host = value.decode("utf-8", "replace").partition(":")
        if name:
            return (name, host or domain, *hop[2:])
        return (hop[0], host, *hop[2:]) if host else hop

    def _relocate(self, address: bytes, hop: Hop) -> Hop:
        if not self._relocated:
            return hop
        found = self._search.find(self._relocated, address)
        if found is None:
            return hop
        return ("error", f"5.1.6 User has moved to {found.decode('utf-8', 'replace')}", *hop[2:])

    def _nag_overlap(self, domain: bytes, first: str) -> None:
        if self._virtual.match_string(domain):
            self._nag(domain, first, "virtual_mailbox_domains")
        if self._relay.match_name(domain):
            self._nag(domain, first, "relay_domains")

    def _nag(self, domain: bytes, first: str, second: str) -> None:
        if (domain, second) not in self._warned and len(self._warned) < MAX_WARNED:
            self._warned.add((domain, second))
            log.warning(f"do not list domain {printable(domain)} in BOTH {first} and {second}")
