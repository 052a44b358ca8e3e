"""chain - the back ends of auth_passdb in order: the first that accepts a password decides.

A back end that does not know just now makes the whole answer "nobody knows", unless a later one accepts: a wrong password
and a database that is down must not look alike to a mail program. One with `deny=yes` that does not know lets nobody in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pymaster.config.params.auth import AuthParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list, strip_braces
from pymaster.store.passdb.contract import (
    DISABLED,
    EXPIRED,
    MISMATCH,
    OK,
    TEMPORARY,
    UNKNOWN,
    Backend,
    Client,
    Found,
)
from pymaster.util.errors import ConfigError

# A later state wins over an earlier one when nobody accepts.
_WEIGHT = {UNKNOWN: 0, MISMATCH: 1, TEMPORARY: 2, EXPIRED: 3, DISABLED: 4}


class Chain:
    """Back ends in order."""

    def __init__(self, backends: Sequence[Backend]) -> None:
        self.backends = list(backends)

    def verify(self, user: str, password: bytes, client: Client) -> Found:
        """Whether any back end accepts the password."""
        return self._first(lambda backend: backend.verify(user, password, client))

    def secret(self, user: str, scheme: str, salt: bytes = b"") -> Found:
        """The first secret of the wanted form."""
        return self._first(lambda backend: backend.secret(user, scheme, salt))

    def lookup(self, user: str) -> Found:
        """The first back end's user fields; UNKNOWN when none has any."""
        return self._first(lambda backend: backend.lookup(user))

    def standing(self, user: str) -> Found:
        """Whether a user who is proved by another thing than the own password (a token, a certificate, an app password) is
        shut out: DISABLED, TEMPORARY; else OK with the entry's fields, or UNKNOWN."""
        best = Found(UNKNOWN, "unknown user")
        for backend in self.backends:
            found = backend.secret(user, "")
            if found.state in (DISABLED, EXPIRED) or (found.state == TEMPORARY and isinstance(backend, Deny)):
                return found
            if found.state in (OK, MISMATCH) and best.state != OK:
                best = Found(OK, fields=found.fields)
            elif found.state == TEMPORARY and best.state == UNKNOWN:
                best = found
        return best

    def _first(self, ask: Callable[[Backend], Found]) -> Found:
        best = Found(UNKNOWN, "unknown user")
        for backend in self.backends:
            found = ask(backend)
            if found.state in (OK, DISABLED, EXPIRED) or (found.state == TEMPORARY and isinstance(backend, Deny)):
                return found
            if _WEIGHT[found.state] > _WEIGHT[best.state]:
                best = found
        return best


class Deny:
    """A back end whose users may not log in, whatever others say: `{ passwd-file:PATH, deny=yes }`."""

    tells = False

    def __init__(self, inner: Backend) -> None:
        """Raises ConfigError for a back end that would deny nobody."""
        if not inner.tells:
            raise ConfigError(f"auth_passdb: {inner.name}: deny=yes needs a back end that looks users up")
        self.name, self.needs_root, self.files = f"deny {inner.name}", inner.needs_root, inner.files
        self.modules = inner.modules
        self._inner = inner

    def verify(self, user: str, password: bytes, client: Client) -> Found:
        """DISABLED for its users, UNKNOWN for all others."""
        found = self._inner.lookup(user)
        return Found(DISABLED, "denied") if found.state == OK else Found(found.state, found.reason)

    def secret(self, user: str, scheme: str, salt: bytes = b"") -> Found:
        """The same."""
        return self.verify(user, b"", Client())

    def lookup(self, user: str) -> Found:
        """Nothing: their mail goes on to arrive."""
        return Found(UNKNOWN)


def build(word: str, params: AuthParams) -> Backend:
    """The back end that one word of auth_passdb names, perhaps with options in braces; raises ConfigError."""
    spec, *options = split_list(strip_braces(word)) if word.startswith("{") else [word]
    kind, _, rest = spec.partition(":")
    maker = _KINDS.get(kind)
    if maker is None:
        raise ConfigError(f"auth_passdb: unknown back end {spec}")
    if set(options) - {"deny=yes"}:
        raise ConfigError(f"auth_passdb: unknown option in {word}")
    return Deny(maker(rest, params)) if options else maker(rest, params)


def build_all(snapshot: Snapshot, *, master: bool = False) -> Chain:
    """The back ends of auth_passdb (or auth_master_passdb), app passwords before them; raises ConfigError."""
    params = snapshot[AuthParams]
    words = split_list(params.auth_master_passdb if master else params.auth_passdb)
    made = [build(word, params) for word in words]
    if params.auth_app_passwords and not master:
        from pymaster.store.passdb.apppasswords import AppPasswords

        made.insert(0, AppPasswords(params.auth_app_passwords))
    return Chain(made)


def _passwd_file(rest: str, params: AuthParams) -> Backend:
    from pymaster.store.passdb.passwdfile import PasswdFile

    if not rest.startswith("/"):
        raise ConfigError(f"auth_passdb: passwd-file:{rest}: need an absolute path")
    return PasswdFile(rest, allow_weak=params.auth_allow_weak_schemes, lower=params.auth_username_lower)


def _pam(rest: str, params: AuthParams) -> Backend:
    from pymaster.store.passdb.pam import Pam

    try:
        return Pam(rest)
    except OSError as exc:
        raise ConfigError(f"auth_passdb: pam: {exc}") from None


def _passwd(rest: str, params: AuthParams) -> Backend:
    from pymaster.store.passdb.system import System

    return System(allow_weak=params.auth_allow_weak_schemes)


def _static(rest: str, params: AuthParams) -> Backend:
    from pymaster.store.passdb.static import Static

    return Static(rest, allow_weak=params.auth_allow_weak_schemes)


def _sql(rest: str, params: AuthParams) -> Backend:
    from pymaster.store.passdb.sql import Sql

    return Sql(rest, allow_weak=params.auth_allow_weak_schemes)


def _ldap(rest: str, params: AuthParams) -> Backend:
    from pymaster.store.passdb.ldap import Ldap

    return Ldap(rest, allow_weak=params.auth_allow_weak_schemes)


_KINDS: dict[str, Callable[[str, AuthParams], Backend]] = {
    "pam": _pam,
    "passwd": _passwd,
    "passwd-file": _passwd_file,
    "static": _static,
    "sql": _sql,
    "ldap": _ldap,
}
