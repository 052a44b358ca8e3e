"""system - passwords that stand in passwd(5) itself (NIS, some directories); an `x` there means shadow(5), which is PAM's."""

from __future__ import annotations

import pwd

from pymaster.store.passdb.contract import MISMATCH, TEMPORARY, UNKNOWN, Client, Found
from pymaster.store.passdb.passwdfile import check, judge, offer
from pymaster.util import passwd
from pymaster.util.errors import LookupFailed


class System:
    """The back end `passwd`."""

    needs_root = False
    tells = False
    modules: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    name = "passwd"

    def __init__(self, *, allow_weak: bool = False) -> None:
        self._weak = allow_weak
        self._typical = ""

    def _stored(self, user: str) -> str | Found:
        try:
            if passwd.by_name(user.encode()) is None:
                return Found(UNKNOWN, "unknown user")
            stored = pwd.getpwnam(user).pw_passwd
        except (LookupFailed, KeyError, UnicodeEncodeError) as exc:
            return Found(TEMPORARY, str(exc))
        # Locked and shadowed entries begin with what no hash begins with.
        if stored[:1] in ("", "x", "*", "!"):
            return Found(MISMATCH, "no password in passwd")
        self._typical = self._typical or stored
        return stored

    def verify(self, user: str, password: bytes, client: Client) -> Found:
        """Whether the password is right."""
        stored = self._stored(user)
        if isinstance(stored, Found):
            if self._typical:
                check(password, self._typical, self._weak)
            return stored
        return judge(password, stored, {}, self._weak)

    def secret(self, user: str, scheme: str, salt: bytes = b"") -> Found:
        """passwd has hashes only."""
        stored = self._stored(user)
        return stored if isinstance(stored, Found) else offer(stored, {}, scheme, salt)

    def lookup(self, user: str) -> Found:
        """Nothing beyond what the user database has."""
        return Found(UNKNOWN)
