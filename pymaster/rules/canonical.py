"""canonical - one address becomes another everywhere: canonical_maps and their kin, then masquerading.

Which of the four places a table touches is its `*_classes` parameter (canonical(5), ADDRESS_REWRITING_README).
"""

from pymaster.config.params.rewriting import RewritingParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.model.lookup import Maps, OpenMaps
from pymaster.rules.addrmap import AddressMap, propagates
from pymaster.rules.masquerade import Masquerade
from pymaster.util import log
from pymaster.util.text import printable

ENVELOPE_SENDER, ENVELOPE_RECIPIENT = "envelope_sender", "envelope_recipient"
HEADER_SENDER, HEADER_RECIPIENT = "header_sender", "header_recipient"
PLACES = (ENVELOPE_SENDER, ENVELOPE_RECIPIENT, HEADER_SENDER, HEADER_RECIPIENT)
# How often a result is looked up again (canonical(5): recursive mapping).
MAX_NESTING = 10


class Canonical:
    """The canonical and masquerade rules of one snapshot, by place."""

    def __init__(self, snapshot: Snapshot, open_maps: OpenMaps, addrmap: AddressMap) -> None:
        params = snapshot[RewritingParams]
        self._addrmap = addrmap
        self._propagate = propagates(snapshot, "canonical")
        self._maps: dict[str, list[tuple[str, Maps]]] = {place: [] for place in PLACES}
        for name, classes in (
            ("sender_canonical_maps", params.sender_canonical_classes),
            ("recipient_canonical_maps", params.recipient_canonical_classes),
            ("canonical_maps", params.canonical_classes),
        ):
            maps = open_maps(getattr(params, name), name)
            wanted = split_list(classes)
            for place in PLACES:
                if maps and place in wanted and _fits(name, place):
                    self._maps[place].append((name, maps))
        self._masquerade = Masquerade(params.masquerade_domains, params.masquerade_exceptions)
        masked = split_list(params.masquerade_classes) if self._masquerade else []
        self._masked = frozenset(place for place in PLACES if place in masked)

    def active(self, place: str) -> bool:
        """Whether anything can change an address in this place."""
        return bool(self._maps[place]) or place in self._masked

    def map(self, address: bytes, place: str) -> bytes | None:
        """The canonical form of an address in a place; None when the tables run in circles. Raises LookupFailed."""
        if not address:
            return address
        for name, maps in self._maps[place]:
            mapped = self._follow(address, name, maps)
            if mapped is None:
                return None
            address = mapped
        return self._masquerade.apply(address) if place in self._masked else address

    def _follow(self, address: bytes, name: str, maps: Maps) -> bytes | None:
        for _ in range(MAX_NESTING):
            results = self._addrmap.map(maps, address, self._propagate)
            if not results:
                return address
            if len(results) > 1:
                log.warning(f"multi-valued {name} entry for {printable(address, 300)}")
            if results[0].lower() == address.lower():
                return results[0]
            address = results[0]
        log.warning(
            f"unreasonable {name} map nesting for {printable(address, 300)} -- message not accepted, try again later"
        )
        return None


def _fits(name: str, place: str) -> bool:
    """sender_canonical_maps never touch a recipient, recipient_canonical_maps never a sender."""
    if name == "sender_canonical_maps":
        return place.endswith("sender")
    return not name.startswith("recipient") or place.endswith("recipient")
