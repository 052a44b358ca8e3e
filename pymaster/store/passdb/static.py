"""static - one password for everybody, for tests and for proxies that checked the user already: `static:{SCHEME}HASH`."""

from __future__ import annotations

from pymaster.store.passdb.contract import UNKNOWN, Client, Found
from pymaster.store.passdb.passwdfile import judge, offer


class Static:
    """The back end `static`."""

    needs_root = False
    tells = False
    modules: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    name = "static"

    def __init__(self, stored: str, *, allow_weak: bool = False) -> None:
        self._stored, self._weak = stored, allow_weak

    def verify(self, user: str, password: bytes, client: Client) -> Found:
        """Whether the password is right."""
        return judge(password, self._stored, {}, self._weak)

    def secret(self, user: str, scheme: str, salt: bytes = b"") -> Found:
        """The secret in a form."""
        return offer(self._stored, {}, scheme, salt)

    def lookup(self, user: str) -> Found:
        """Nothing."""
        return Found(UNKNOWN)
