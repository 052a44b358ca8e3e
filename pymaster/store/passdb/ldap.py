"""ldap - users in a directory: `ldap:PATH` names a file with server, base and filter. Wants the package ldap3.

    uris = ldaps://ldap1.example.com ldap://ldap2.example.com
    base = ou=people,dc=example,dc=com
    user_filter = (&(objectClass=posixAccount)(uid=%n))
    bind_dn = cn=mail,dc=example,dc=com
    bind_password = secret
    user_attributes = homeDirectory=home, uidNumber=uid, gidNumber=gid

A password is checked by binding as the user (`auth = bind`, the default), or against the attribute userPassword
(`auth = lookup`). %u, %n and %d are escaped by RFC 4515 before they enter the filter. An empty password never binds: LDAP
servers take that for an anonymous bind, which succeeds (RFC 4513 section 5.1.2). `starttls = yes` and ldaps: verify the
server's certificate by `tls_ca_file`, or by the system's authorities.
"""

from __future__ import annotations

import functools
import importlib
import re
import ssl
import time
from collections.abc import Callable
from typing import Any

from pymaster.store.passdb import settings
from pymaster.store.passdb.ailing import Ailing, complaint, installed
from pymaster.store.passdb.contract import MISMATCH, OK, TEMPORARY, UNKNOWN, Client, Found
from pymaster.store.passdb.passwdfile import check, judge, offer
from pymaster.util import log
from pymaster.util.errors import ConfigError

KNOWN = frozenset(
    (
        "uris",
        "base",
        "scope",
        "user_filter",
        "bind_dn",
        "bind_password",
        "auth",
        "user_attributes",
        "password_attribute",
        "starttls",
        "tls_ca_file",
        "timeout",
    )
)
_VARIABLE = re.compile(r"%([a-zA-Z%])")
_SPECIAL = re.compile(r"[\x00*()\\]|[^\x20-\x7e]")
AWAY = "the directory does not answer"
_SECONDS = re.compile(r"[1-9][0-9]{0,2}")
# LDAP's result codes (RFC 4511 appendix A): success, sizeLimitExceeded; noSuchObject, inappropriateAuthentication (an entry
# without a password), invalidCredentials.
_WHOLE, _TOO_MANY = 0, 4
_REFUSALS = {32: "no such entry", 48: "no password set", 49: "password mismatch"}


def escape(value: str) -> str:
    """A value for a filter (RFC 4515 section 3)."""
    return _SPECIAL.sub(
        lambda found: "".join([f"\\{byte:02x}" for byte in found[0].encode("utf-8", "surrogateescape")]), value
    )


def fill(pattern: str, user: str) -> str:
    """A filter for a user; raises ConfigError for an unknown variable."""
    name, _, domain = user.partition("@")
    values = {"u": user, "n": name, "d": domain}

    def value(found: re.Match[str]) -> str:
        if found[1] == "%":
            return "%"
        if found[1] not in values:
            raise ConfigError(f"user_filter: unknown variable %{found[1]}")
        return escape(values[found[1]])

    return _VARIABLE.sub(value, pattern)


class Ldap:
    """One directory. `connect(uri, dn, password)` gives a bound ldap3 connection; tests bring their own."""

    needs_root = False
    modules: tuple[str, ...] = ("ldap3", "ldap3.core.exceptions")

    def __init__(
        self,
        path: str,
        *,
        allow_weak: bool = False,
        connect: Callable[[str, str, str | bytes], Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises ConfigError for a bad file, or when ldap3 is not installed."""
        self.name, self._weak = f"ldap:{path}", allow_weak
        self.files: tuple[str, ...] = (path,)
        found = settings.load(path, KNOWN)
        for needed in ("uris", "base", "user_filter"):
            if not found.get(needed):
                raise ConfigError(f"{needed} is not set", path)
        fill(found["user_filter"], "x@y")
        self._settings = found
        self._by_bind = found.get("auth", "bind") == "bind"
        timeout = found.get("timeout", "5")
        if not _SECONDS.fullmatch(timeout) or found.get("scope", "subtree") not in _SCOPES:
            raise ConfigError("timeout is a number of seconds, scope is subtree, onelevel or base", path)
        self._timeout = int(timeout)
        words = [word.partition("=") for word in re.split("[, ]+", found.get("user_attributes", ""))]
        self._attributes = {attribute: name for attribute, _, name in words if name}
        self.tells = bool(self._attributes)
        self._password_attribute = found.get("password_attribute", "userPassword")
        if not installed("ldap3"):
            raise ConfigError("the package ldap3 is not installed", path)
        self._connect = connect or self._dial
        self._search: Any = None
        # Whether that connection was made for the question at hand.
        self._fresh = False
        self._ailing = Ailing(clock)
        # The one that answered last comes first: a dead one is not waited for at each login.
        self._uris = [uri for uri in found["uris"].split(" ") if uri]
        self._typical = ""

    @functools.cached_property
    def _ldap3(self) -> Any:
        return importlib.import_module("ldap3")

    @functools.cached_property
    def _error(self) -> Any:
        return importlib.import_module("ldap3.core.exceptions").LDAPException

    def _dial(self, uri: str, dn: str, password: str | bytes) -> Any:
        """A connection after its bind, whose `bound` and `result` tell how that went; raises LDAPException, OSError."""
        ldap3 = self._ldap3
        context = ssl.create_default_context(cafile=self._settings.get("tls_ca_file") or None)
        base: Any = ldap3.Tls

        class Verifying(base):  # type: ignore[misc]
            """ldap3's own comparison of names knows no addresses from Python 3.12 on, and sends no name (SNI)."""

            def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
                connection.socket = context.wrap_socket(connection.socket, server_hostname=connection.server.host)

        tls = Verifying(validate=ssl.CERT_REQUIRED)
        server = ldap3.Server(uri, tls=tls, connect_timeout=self._timeout, get_info=ldap3.NONE)
        connection = ldap3.Connection(
            server,
            dn or None,
            password or None,
            receive_timeout=self._timeout,
            raise_exceptions=False,
            auto_referrals=False,
        )
        connection.open()
        try:
            starttls = self._settings.get("starttls", "no") == "yes" and not uri.startswith("ldaps:")
            if starttls and not connection.start_tls():
                raise self._error("no TLS")
            connection.bind()
        except BaseException:
            self._end(connection)
            raise
        return connection

    def _end(self, connection: Any) -> None:
        try:
            connection.unbind()
        except (self._error, OSError):
            return  # it was broken already

    def _anyone(self, dn: str, password: str | bytes) -> Any | None:
        """A connection to the first server that answers; None when none does."""
        for uri in list(self._uris):
            try:
                return self._connect(uri, dn, password)
            except (self._error, OSError) as exc:
                log.warning(f"{self.name}: {uri}: {complaint(exc)}")
                self._uris.remove(uri)
                self._uris.append(uri)
        return None

    def _searcher(self) -> bool:
        """Whether there is a connection for searches, made if need be."""
        self._fresh = self._search is None
        if not self._fresh:
            return True
        made = self._anyone(self._settings.get("bind_dn", ""), self._settings.get("bind_password", ""))
        if made is not None and not made.bound:
            log.warning(f"{self.name}: bind_dn is refused: {(made.result or {}).get('description')}")
            self._end(made)
            return False
        self._search = made
        return made is not None

    def _entry(self, user: str, attributes: list[str]) -> tuple[str, dict[str, list[str]]] | Found:
        """(dn, attributes) of a user."""
        if not self._ailing.begin():
            return Found(TEMPORARY, AWAY)
        while self._searcher():
            try:
                return self._found(user, attributes)
            except (self._error, OSError) as exc:
                quick, why = self._ailing.quick() and not self._fresh, complaint(exc)
            self._end(self._search)
            self._search = None
            # A connection that the server has closed meanwhile is made anew, once; one that was waited for is not.
            if not quick:
                log.warning(f"{self.name}: search: {why}")
                break
        self._ailing.ill()
        return Found(TEMPORARY, AWAY)

    def _found(self, user: str, attributes: list[str]) -> tuple[str, dict[str, list[str]]] | Found:
        self._search.search(
            self._settings["base"],
            fill(self._settings["user_filter"], user),
            search_scope=_SCOPES[self._settings.get("scope", "subtree")],
            attributes=attributes,
            size_limit=2,
            time_limit=self._timeout,
        )
        entries = [item for item in self._search.response or () if item.get("type") == "searchResEntry"]
        result = self._search.result or {}
        if len(entries) > 1 or result.get("result") == _TOO_MANY:
            log.warning(f"{self.name}: more than one entry for {user}")
            return Found(TEMPORARY, "more than one entry")
        if result.get("result") != _WHOLE:
            # Not "unknown user": a directory that is busy, or a base that is not there, knows nobody.
            log.warning(f"{self.name}: search: {result.get('description')}")
            return Found(TEMPORARY, f"search: {result.get('description')}")
        if not entries:
            return Found(UNKNOWN, "unknown user")
        raw = {name.lower(): values for name, values in entries[0]["raw_attributes"].items()}
        texts = {name: [value.decode("utf-8", "surrogateescape") for value in values] for name, values in raw.items()}
        return entries[0]["dn"], texts

    def verify(self, user: str, password: bytes, client: Client) -> Found:
        """Whether the password is right."""
        if not password or b"\0" in password:
            return Found(MISMATCH, "empty password")
        if not self._by_bind:
            found = self._stored(user)
            if isinstance(found, Found):
                if found.state == UNKNOWN and self._typical:
                    check(password, self._typical, self._weak)
                return found
            return judge(password, found, {}, self._weak)
        entry = self._entry(user, ["1.1"])
        if isinstance(entry, Found):
            return entry
        try:
            password.decode()
        except UnicodeDecodeError:
            return Found(MISMATCH, "password is no UTF-8")
        # As bytes, which ldap3 sends as they are: one that its SASLprep would not take is a wrong password and no trouble.
        if not self._ailing.begin():
            return Found(TEMPORARY, AWAY)
        connection = self._anyone(entry[0], password)
        if connection is None:
            self._ailing.ill()
            return Found(TEMPORARY, AWAY)
        bound, code = connection.bound, (connection.result or {}).get("result")
        self._end(connection)
        if bound:
            return Found(OK)
        if code in _REFUSALS:
            return Found(MISMATCH, _REFUSALS[code])
        log.warning(f"{self.name}: bind as {entry[0]}: {(connection.result or {}).get('description')}")
        return Found(TEMPORARY, f"bind: result {code}")

    def _stored(self, user: str) -> str | Found:
        entry = self._entry(user, [self._password_attribute])
        if isinstance(entry, Found):
            return entry
        stored = next(iter(entry[1].get(self._password_attribute.lower(), ())), "")
        self._typical = stored or self._typical
        return stored

    def secret(self, user: str, scheme: str, salt: bytes = b"") -> Found:
        """The secret in a form, where passwords are looked up."""
        if self._by_bind:
            return Found(MISMATCH, "passwords are checked by bind")
        found = self._stored(user)
        return found if isinstance(found, Found) else offer(found, {}, scheme, salt)

    def lookup(self, user: str) -> Found:
        """The attributes of user_attributes under their names here."""
        if not self._attributes:
            return Found(UNKNOWN)
        entry = self._entry(user, list(self._attributes))
        if isinstance(entry, Found):
            return entry
        values = entry[1]
        fields = {name: values[key.lower()][0] for key, name in self._attributes.items() if values.get(key.lower())}
        return Found(OK, fields=fields)


_SCOPES = {"subtree": "SUBTREE", "onelevel": "LEVEL", "base": "BASE"}
