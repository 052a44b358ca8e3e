"""masquerade - host names below listed domains are hidden: `user@host.example.com` becomes `user@example.com`.

The list is read left to right, the first entry that is the domain or a parent of it decides; `!domain` leaves the domain
and what is below it alone. Users in masquerade_exceptions keep their hosts (ADDRESS_REWRITING_README).
"""

from pymaster.config.words import split_list


class Masquerade:
    """masquerade_domains and masquerade_exceptions of one snapshot; false when there is nothing to hide."""

    def __init__(self, domains: str, exceptions: str) -> None:
        self._domains = [
            (word.startswith("!"), word.lstrip("!").lower().encode()) for word in split_list(domains) if word.strip("!")
        ]
        self._users = frozenset(word.lower().encode() for word in split_list(exceptions))

    def __bool__(self) -> bool:
        return bool(self._domains)

    def apply(self, address: bytes) -> bytes:
        """The address with its hosts hidden."""
        local, at, domain = address.rpartition(b"@")
        if not at or local.lower() in self._users:
            return address
        folded = domain.lower()
        for exempt, parent in self._domains:
            if folded == parent:
                return address
            if folded.endswith(b"." + parent):
                return address if exempt else local + at + parent
        return address
