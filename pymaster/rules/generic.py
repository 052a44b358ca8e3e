"""generic - what the SMTP client makes of local addresses for the world outside: smtp_generic_maps (generic(5)).

Envelope and headers are rewritten on the way out only; the queue keeps what came in. The tables are asked before
anything is sent, so one that fails makes the mail wait and never cuts a transaction short.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from pymaster.config.params.rewriting import RewritingParams
from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import Envelope
from pymaster.model.lookup import Maps, OpenMaps
from pymaster.proto import addrlist
from pymaster.proto.message import header
from pymaster.rules.addrmap import AddressMap, propagates
from pymaster.rules.addrsearch import Search
from pymaster.rules.localdomain import LocalDomains
from pymaster.rules.rewrite import Rewriter

Chunks = Callable[[], Iterator[bytes]]
# Headers with addresses, as for canonical_maps (generic(5): "message headers").
NAMES = frozenset(
    b"from sender reply-to errors-to return-receipt-to mail-followup-to disposition-notification-to to cc bcc "
    b"apparently-to resent-from resent-sender resent-reply-to resent-to resent-cc resent-bcc return-path".split(b" ")
)
# A header section is looked at up to here; what is beyond goes out as it is.
LONGEST = 1 << 20


class Generic:
    """The tables of one client service."""

    def __init__(self, snapshot: Snapshot, maps: Maps, open_maps: OpenMaps) -> None:
        params = snapshot[RewritingParams]
        local = LocalDomains(snapshot, open_maps)
        search = Search(params.recipient_delimiter, local.matches, params.owner_request_special)
        self._addrmap = AddressMap(search, Rewriter(snapshot))
        self._maps, self._propagate = maps, propagates(snapshot, "generic")

    def address(self, address: bytes) -> bytes:
        """An internal address as the world shall see it; raises LookupFailed."""
        found = self._addrmap.map(self._maps, address, self._propagate) if address else None
        return found[0] if found else address

    def message(self, envelope: Envelope, chunks: Chunks) -> tuple[Envelope, Chunks]:
        """A message's envelope and content (LF line ends) rewritten; raises LookupFailed and what `chunks` raises."""
        old = _section(chunks())
        new = self._headers(old)
        made = replace(
            envelope,
            sender=self.address(envelope.sender),
            recipients=tuple([replace(item, address=self.address(item.address)) for item in envelope.recipients]),
            size=envelope.size + len(new) - len(old),
        )
        return (made, chunks) if new == old else (made, lambda: _spliced(new, len(old), chunks()))

    def _headers(self, section: bytes) -> bytes:
        parts, last = [], 0
        for item in header.scan(section)[0]:
            if item.name not in NAMES:
                continue
            value = section[item.value : item.end]
            changes = [
                (spot, new) for spot in addrlist.find(value) if (new := self.address(spot.address)) != spot.address
            ]
            if changes:
                parts += [section[last : item.value], addrlist.replace(value, changes)]
                last = item.end
        return b"".join([*parts, section[last:]])


def _section(content: Iterator[bytes]) -> bytes:
    """The header section, as far as it is looked at."""
    section = b""
    for block in content:
        section += block
        end = section.find(b"\n\n")
        if end >= 0:
            return section[: end + 1]
        if len(section) > LONGEST:
            break
    return section


def _spliced(head: bytes, skip: int, content: Iterator[bytes]) -> Iterator[bytes]:
    """`head` in the place of the first `skip` bytes."""
    yield head
    for block in content:
        if skip >= len(block):
            skip -= len(block)
            continue
        yield block[skip:] if skip else block
        skip = 0
