"""envelope - sender and recipients on their way into the queue: completed, mapped, expanded, each once (cleanup(8)).

Order, per recipient: rewriting, canonical maps, masquerading, virtual aliases, duplicates. A recipient's options (NOTIFY,
ORCPT) go with every address it becomes.
"""

from typing import TYPE_CHECKING

from pymaster.model.envelope import NOTIFY_NEVER, Recipient
from pymaster.rules.canonical import ENVELOPE_RECIPIENT, ENVELOPE_SENDER
from pymaster.rules.cleanup import verdict

if TYPE_CHECKING:
    from pymaster.rules.cleanup.pipeline import Transaction


class Recipients:
    """The envelope's recipients so far."""

    __slots__ = ("_copies", "_rules", "_seen", "_tx", "last", "made")

    def __init__(self, tx: "Transaction") -> None:
        self._tx, self._rules = tx, tx.rules
        self._seen: set[tuple[bytes, bytes, int, bytes]] = set()
        self._copies: list[bytes] = []
        self.made: list[Recipient] = []
        # The address of the client's that came last, for log lines.
        self.last = b""

    def add(self, given: Recipient) -> None:
        """One recipient as the client gave it (its `orig_to` empty: then it is the address). Raises LookupFailed."""
        address = self._canonical(given.address or self._rules.empty_recipient)
        if address is None:
            return
        self.last = address
        original = (given.orig_to or given.address) if self._rules.params.enable_original_recipient else b""
        self._expand(address, original, given.notify, given.orcpt)
        if self._tx.flags & verdict.BCC:
            copy = self._rules.bcc.of_recipient(address)
            if copy:
                self.copy(copy)

    def copy(self, address: bytes) -> None:
        """A blind copy, of which nobody is ever told; joins the others at the end, once."""
        if address not in self._copies:
            self._copies.append(address)

    def finish(self) -> tuple[Recipient, ...]:
        """All recipients; blind copies come last. Raises LookupFailed."""
        for copy in self._copies:
            address = self._canonical(copy)
            if address is not None:
                self._expand(address, copy, NOTIFY_NEVER, b"")
        self._copies = []
        return tuple(self.made)

    def _canonical(self, address: bytes) -> bytes | None:
        address = self._rules.rewriter.rewrite(address)
        if not (self._tx.flags & verdict.MAP and self._rules.canonical.active(ENVELOPE_RECIPIENT)):
            return address
        mapped = self._rules.canonical.map(address, ENVELOPE_RECIPIENT)
        if mapped is None:
            self._tx.reject(verdict.expansion())
        return mapped

    def _expand(self, address: bytes, original: bytes, notify: int, orcpt: bytes) -> None:
        if not (self._tx.flags & verdict.MAP and self._rules.virtual):
            self._put(address, original, notify, orcpt)
            return
        results = self._rules.virtual.expand(address)
        if results is None:
            self._tx.reject(verdict.expansion())
            return
        for result in results:
            self._put(result, original, notify, orcpt)

    def _put(self, address: bytes, original: bytes, notify: int, orcpt: bytes) -> None:
        key = (address.lower(), original.lower(), notify, orcpt)
        if key in self._seen:
            return
        if len(self._seen) < self._rules.duplicates or not self._rules.duplicates:
            self._seen.add(key)
        self.made.append(Recipient(address, original, notify, orcpt))


def sender(tx: "Transaction", address: bytes) -> bytes:
    """The envelope sender after rewriting and mapping; b"" stays b"". Raises LookupFailed."""
    rules = tx.rules
    if not address:
        return address
    address = rules.rewriter.rewrite(address)
    if tx.flags & verdict.MAP and rules.canonical.active(ENVELOPE_SENDER):
        mapped = rules.canonical.map(address, ENVELOPE_SENDER)
        if mapped is None:
            tx.reject(verdict.expansion())
            return address
        address = mapped
    return address
