"""virtual - aliases of envelope recipients, expanded to the end (virtual(5)).

Recursive without recursion, and bounded three ways: how many addresses one recipient becomes, how deep a chain goes, how
long an address grows (virtual_alias_{expansion,recursion,address_length}_limit). An address may expand to itself once;
that ends its chain.
"""

from pymaster.config.params.rewriting import RewritingParams
from pymaster.config.snapshot import Snapshot
from pymaster.model.lookup import OpenMaps
from pymaster.rules.addrmap import AddressMap, propagates
from pymaster.util import log
from pymaster.util.text import printable

_LATER = "-- message not accepted, try again later"


class VirtualAliases:
    """virtual_alias_maps of one snapshot; false when there are none."""

    def __init__(self, snapshot: Snapshot, open_maps: OpenMaps, addrmap: AddressMap) -> None:
        params = snapshot[RewritingParams]
        self._maps = open_maps(params.virtual_alias_maps, "virtual_alias_maps")
        self._addrmap, self._propagate = addrmap, propagates(snapshot, "virtual")
        self._size = params.virtual_alias_expansion_limit
        self._depth = params.virtual_alias_recursion_limit
        self._length = params.virtual_alias_address_length_limit

    def __bool__(self) -> bool:
        return bool(self._maps)

    def expand(self, address: bytes) -> list[bytes] | None:
        """The recipients that an address stands for; None when a limit is passed (logged). Raises LookupFailed."""
        found, settled = [address], set[bytes]()
        at = 0
        while at < len(found):
            if len(found) > self._size:
                return self._refuse("map expansion size", address)
            for depth in range(self._depth + 1):
                current = found[at]
                if current.lower() in settled:
                    break
                if depth == self._depth:
                    return self._refuse("map nesting", address)
                results = self._addrmap.map(self._maps, current, self._propagate)
                if not results:
                    break
                if any(len(result) > self._length for result in results):
                    return self._refuse("result length", address)
                if any(result.lower() == current.lower() for result in results):
                    settled.add(current.lower())
                found[at] = results[0]
                found += results[1 : self._size + 2]
            at += 1
        return found

    @staticmethod
    def _refuse(what: str, address: bytes) -> None:
        log.warning(f"unreasonable virtual_alias_maps {what} for {printable(address, 300)} {_LATER}")
