"""bcc - further recipients that nobody sees: always_bcc, sender_bcc_maps, recipient_bcc_maps (postconf(5)).

Only new mail gets them, never forwarded mail or what the mail system makes itself; whoever calls knows which it is.
"""

from pymaster.config.params.rewriting import RewritingParams
from pymaster.config.snapshot import Snapshot
from pymaster.model.lookup import Maps, OpenMaps
from pymaster.proto import addrlist
from pymaster.rules.addrsearch import Search


class BlindCopies:
    """The bcc rules of one snapshot."""

    def __init__(self, snapshot: Snapshot, open_maps: OpenMaps, search: Search) -> None:
        params = snapshot[RewritingParams]
        self._search = search
        self.always = params.always_bcc.encode()
        self._senders = open_maps(params.sender_bcc_maps, "sender_bcc_maps")
        self._recipients = open_maps(params.recipient_bcc_maps, "recipient_bcc_maps")

    def of_sender(self, address: bytes) -> bytes:
        """Who else gets mail from a sender; b"" when nobody. Raises LookupFailed."""
        return self._one(self._senders, address)

    def of_recipient(self, address: bytes) -> bytes:
        """Who else gets mail to a recipient; b"" when nobody. Raises LookupFailed."""
        return self._one(self._recipients, address)

    def _one(self, maps: Maps, address: bytes) -> bytes:
        if not maps or not address:
            return b""
        found = self._search.find(maps, address)
        spots = addrlist.find(found) if found else []
        return spots[0].address if spots else b""
