"""tls - the server's TLS: one context per master.cf entry, made while keys can still be read, with certificates by name.

Versions below 1.2 are refused, tickets are off (a ticket of one service must not be good at another), and the server does
not renegotiate. Everything is read at start, while keys can be read. A changed
file is seen by `stale`, and the process is replaced: that is how a new certificate comes into use without a restart.
"""

import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from pymaster.util.errors import Fatal

MAX_NAME = 255


@dataclass(slots=True)
class Keys:
    """A certificate chain and its key, as files; the key may be in the same file."""

    chain: str
    key: str = ""

    @property
    def files(self) -> list[str]:
        """What must not change."""
        return [self.chain, self.key] if self.key and self.key != self.chain else [self.chain]


class ServerTls:
    """Context and the state of its files."""

    def __init__(
        self, keys: Sequence[Keys], names: dict[str, Keys] | None = None, *, authorities: str = "", protocol: str = ""
    ) -> None:
        """Reads the files; raises Fatal. `names`: keys by the lower-case name a client asks for (SNI). `authorities`: a file
        whose client certificates are asked for and trusted. `protocol`: the ALPN name."""
        self._seen: dict[str, tuple[int, int, int]] = {}
        self._by_name: dict[str, ssl.SSLContext] = {}
        self._authorities, self._protocol = authorities, protocol
        self.context = self._make(keys)
        for name, each in (names or {}).items():
            self._by_name[name] = self._make([each])
        if self._by_name:
            self.context.sni_callback = self._choose

    def _make(self, keys: Sequence[Keys]) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.num_tickets = 0
        context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
        if self._protocol:
            context.set_alpn_protocols([self._protocol])
        for item in keys:
            for path in item.files:
                self._seen[path] = _identity(path)
            try:
                context.load_cert_chain(item.chain, item.key or item.chain)
            except (OSError, ssl.SSLError) as exc:
                raise Fatal(f"cannot use the certificate in {item.chain}: {_why(exc)}") from exc
        if self._authorities:
            context.verify_mode = ssl.CERT_OPTIONAL
            try:
                context.load_verify_locations(self._authorities)
            except (OSError, ssl.SSLError) as exc:
                raise Fatal(f"cannot use the authorities in {self._authorities}: {_why(exc)}") from exc
        return context

    def _choose(self, sock: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> int | None:
        # A name nobody has configured gets the usual certificate; it is compared, never used as a path.
        chosen = self._by_name.get((name or "")[:MAX_NAME].encode("ascii", "replace").lower().decode())
        if chosen is not None:
            sock.context = chosen
        return None

    def stale(self) -> str:
        """A file that is no longer what was read, "" when all are."""
        for path, identity in self._seen.items():
            if _identity(path) != identity:
                return path
        return ""


def _identity(path: str) -> tuple[int, int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0, 0)
    return found.st_ino, found.st_size, found.st_mtime_ns


def _why(exc: Exception) -> str:
    return getattr(exc, "strerror", "") or getattr(exc, "reason", "") or type(exc).__name__
