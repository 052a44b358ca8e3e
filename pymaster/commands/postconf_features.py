"""postconf_features - what this mail system supports: table types, locks, SASL plug-ins, TLS; notice templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pymaster.tables import registry as tables
from pymaster.util import log

if TYPE_CHECKING:
    from pymaster.commands.postconf import Request

LOCKS = ("flock", "fcntl", "dotlock")
SASL_SERVER = ("dovecot",)
SASL_CLIENT = ("cyrus",)


def show(request: Request, out: Callable[[str], None]) -> None:
    """Print one list, a name on each line."""
    for flag, names in (("m", tables.names()), ("l", LOCKS), ("a", SASL_SERVER), ("A", SASL_CLIENT)):
        if flag in request.flags:
            for name in names:
                out(name)
    if "T" in request.flags:
        _tls(request.tls_mode, out)


def _tls(mode: str, out: Callable[[str], None]) -> None:
    if mode in ("compile-version", "run-version"):
        import ssl

        out(ssl.OPENSSL_VERSION)
    elif mode == "public-key-algorithms":
        for name in ("rsa", "ecdsa", "ed25519", "ed448"):
            out(name)
    else:
        log.warning(f"unknown 'postconf -T' mode: {mode}")
