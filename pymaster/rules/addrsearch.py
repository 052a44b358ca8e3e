"""addrsearch - the order in which an address is looked up: `user+ext@domain`, `user@domain`, `user+ext`, `user`, `@domain`.

The local part alone is a key only for domains that are this machine (canonical(5), virtual(5), and every table whose
manual says the like). Extensions: recipient_delimiter is a set of characters and the first one found splits; some names
never have an extension (owner_request_special, ADDRESS_REWRITING_README).
"""

import functools
import re
from collections.abc import Callable, Iterator

from pymaster.model.lookup import Maps

_NEVER_SPLIT = frozenset((b"mailer-daemon", b"double-bounce", b"postmaster"))


@functools.cache
def _delimiters(characters: str) -> re.Pattern[bytes]:
    return re.compile(b"[" + re.escape(characters.encode()) + b"]")


def split_extension(local: bytes, delimiter: str, owner_request: bool = True) -> tuple[bytes, bytes]:
    """A local part as (user, extension with its delimiter); the extension is b"" when there is none."""
    if not delimiter or not local or local.lower() in _NEVER_SPLIT:
        return local, b""
    if owner_request and "-" in delimiter and (local[:6].lower() == b"owner-" or local[-8:].lower() == b"-request"):
        return local, b""
    found = _delimiters(delimiter).search(local)
    if found is None or not found.start():
        return local, b""
    return local[: found.start()], local[found.start() :]


class Search:
    """Address lookups of one snapshot. `is_local` tells the domains whose users are looked up by name alone."""

    def __init__(self, delimiter: str, is_local: Callable[[bytes], bool], owner_request: bool = True) -> None:
        self._delimiter, self._is_local, self._owner = delimiter, is_local, owner_request

    def keys(self, address: bytes) -> Iterator[tuple[bytes, bool, bytes]]:
        """The keys of an internal address: key, whether for literal tables only, extension left out."""
        local, at, domain = address.rpartition(b"@")
        if not at:
            local, domain = domain, b""
        user, extension = split_extension(local, self._delimiter, self._owner)
        yield address, False, b""
        if at and extension:
            yield user + b"@" + domain, True, extension
        if not at and extension:
            yield user, True, extension
        if at and self._is_local(domain):
            yield local, True, b""
            if extension:
                yield user, True, extension
        if at:
            yield b"@" + domain, True, extension

    def lookup(self, maps: Maps, address: bytes) -> tuple[bytes, bytes] | None:
        """The value of the first key found and the extension that was left out of it; raises LookupFailed."""
        for key, partial, extension in self.keys(address):
            value = maps.get(key, fixed_only=partial)
            if value is not None:
                return value, extension
        return None

    def find(self, maps: Maps, address: bytes) -> bytes | None:
        """The value of the first key found; raises LookupFailed."""
        found = self.lookup(maps, address)
        return found[0] if found else None

    def without_extension(self, address: bytes) -> bytes | None:
        """`user@domain` of `user+ext@domain`; None when there is no extension."""
        local, at, domain = address.rpartition(b"@")
        user, extension = split_extension(local if at else domain, self._delimiter, self._owner)
        return (user + at + domain if at else user) if extension else None
