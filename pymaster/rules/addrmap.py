"""addrmap - an address through a table: lookup, `@domain` results, completion, extensions (canonical(5), virtual(5)).

A result may hold several addresses. `@other.domain` keeps the user; each address is completed as local mail's are; an
extension that was no part of the key is appended when propagate_unmatched_extensions says so for this kind of table.
"""

from pymaster.config.params.rewriting import RewritingParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.model.lookup import Maps
from pymaster.proto import addrlist
from pymaster.rules.addrsearch import Search
from pymaster.rules.rewrite import Rewriter

# More addresses in one table value than this are cut off; the expansion limits are far lower.
MAX_TOKENS = 100_000


def propagates(snapshot: Snapshot, kind: str) -> bool:
    """Whether unmatched extensions go into results of `canonical`, `virtual`, `alias`, `forward`, `include`, `generic`."""
    return kind in split_list(snapshot[RewritingParams].propagate_unmatched_extensions)


class AddressMap:
    """How addresses go through tables in one snapshot."""

    def __init__(self, search: Search, rewriter: Rewriter) -> None:
        self.search, self._rewriter = search, rewriter

    def map(self, maps: Maps, address: bytes, propagate: bool) -> list[bytes] | None:
        """The addresses that `address` maps to, or None when no table knows it; raises LookupFailed."""
        found = self.search.lookup(maps, address)
        if found is None:
            return None
        value, extension = found
        value = value.strip(b" \t\n")
        if value.startswith(b"@"):
            local = address.rpartition(b"@")[0] or address
            user = local[: -len(extension)] if extension else local
            results = [user + value]
        else:
            results = [spot.address for spot in addrlist.find(value, MAX_TOKENS)]
        if propagate and extension:
            results = [_extend(result, extension) for result in results]
        return [self._rewriter.rewrite(result) for result in results]


def _extend(address: bytes, extension: bytes) -> bytes:
    local, at, domain = address.rpartition(b"@")
    return local + extension + at + domain if at else domain + extension
