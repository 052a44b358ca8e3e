"""rewrite - addresses made complete: the standard form `user@domain` (trivial-rewrite(8), ADDRESS_REWRITING_README).

Routes, bang paths and percent signs give way to `user@domain`; a missing origin or domain is appended. Input and output
are internal form. A local part that needs quotes is nobody's route: it is left alone here, and `rules.resolve` looks
into it before any relay decision. Without tables, so the result may be cached for ever.
"""

import re
from typing import TYPE_CHECKING

from pymaster.config import compat
from pymaster.config.params.core import CoreParams
from pymaster.config.params.logging import LoggingParams
from pymaster.config.params.rewriting import RewritingParams
from pymaster.config.words import split_list
from pymaster.proto.address import is_dot_atom
from pymaster.util import log
from pymaster.util.text import printable

if TYPE_CHECKING:
    from pymaster.config.snapshot import Snapshot

# Complete already: one `@`, a domain with a dot inside and none at its end.
_COMPLETE = re.compile(rb"[^\x00-\x20\x7f()<>@,;:\"\\\[\]]+@(?:[A-Za-z0-9_-]+\.)+[A-Za-z0-9_-]+")
# Rewriting contexts (local_header_rewrite_clients): mail of our own, of others with a domain for them, of others.
LOCAL, REMOTE, INVALID = "local", "remote", "inval"


class Rewriter:
    """The rewriting rules of one snapshot."""

    def __init__(self, snapshot: "Snapshot") -> None:
        params, core = snapshot[RewritingParams], snapshot[CoreParams]
        self._bang, self._percent = params.swap_bangpath, params.allow_percent_hack
        self._append_origin, self._append_domain = params.append_at_myorigin, params.append_dot_mydomain
        # Told in the name of the program that rewrites in Postfix (COMPATIBILITY_README).
        self._tag = f"{snapshot[LoggingParams].syslog_name}/trivial-rewrite"
        self._old_append = compat.old_default(snapshot, "append_dot_mydomain")
        self._localhost_is_ours = "localhost" in split_list(snapshot.text("mydestination"))
        remote = params.remote_header_rewrite_domain.encode()
        self._contexts = {
            LOCAL: (core.myorigin.encode(), core.mydomain.encode()),
            REMOTE: (remote, remote),
        }

    def active(self, context: str) -> bool:
        """Whether headers of mail in this context are rewritten at all."""
        return bool(self._contexts.get(context, (b"", b""))[0])

    def rewrite(self, addr: bytes, context: str = LOCAL) -> bytes:
        """The complete form of an address in `local`, `remote` or `inval` context; b"" (null) stays."""
        if not addr or _COMPLETE.fullmatch(addr):
            return addr
        origin, mydomain = self._contexts.get(context, (b"", b""))
        if addr.startswith(b"@"):
            route, colon, rest = addr.partition(b":")
            if colon and rest and b'"' not in route:
                addr = rest
        if b"@" not in addr:
            addr = self._add_domain(addr, origin)
        local, at, domain = addr.rpartition(b"@")
        if not at:
            return addr
        if self._append_domain and mydomain and domain and b"." not in domain and not domain.startswith(b"["):
            if self._old_append:
                self._tell(domain, mydomain)
            domain = domain + b"." + mydomain
        if domain.endswith(b".") and len(domain) > 1 and not domain.endswith(b".."):
            domain = domain[:-1]
        return local + b"@" + domain

    def _tell(self, domain: bytes, mydomain: bytes) -> None:
        """A domain is completed by an old default."""
        shown = printable(domain, 300)
        text = compat.text("append_dot_mydomain", f'rewrite "{shown}" to "{shown}.{printable(mydomain)}"')
        if domain == b"localhost" and not self._localhost_is_ours:
            text += '; please add "localhost" to mydestination or other address class'
        log.emit(text, 0, self._tag)

    def _add_domain(self, local: bytes, origin: bytes) -> bytes:
        """An address without `@`: swap `site!user`, promote `user%site`, or append the origin."""
        if is_dot_atom(local):
            if self._bang:
                site, bang, user = local.partition(b"!")
                if bang and site and user:
                    return user + b"@" + site
            if self._percent:
                user, percent, site = local.rpartition(b"%")
                if percent and site and user:
                    return user + b"@" + site
        return local + b"@" + origin if self._append_origin and origin else local
