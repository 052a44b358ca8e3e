"""mechanisms - the SASL mechanisms by name, and which of them a configuration offers."""

from __future__ import annotations

from collections.abc import Callable

from pymaster.config.words import split_list
from pymaster.rules.auth import scram
from pymaster.rules.auth.bearer import External, OauthBearer, XOauth2
from pymaster.rules.auth.digest import Apop, CramMd5
from pymaster.rules.auth.dovecotproto import FLAGS
from pymaster.rules.auth.mechanism import Facts, Mechanism
from pymaster.rules.auth.plain import Login, Plain
from pymaster.util.errors import ConfigError

Maker = Callable[[Facts], Mechanism]
MAKERS: dict[bytes, Maker] = {
    b"PLAIN": Plain,
    b"LOGIN": Login,
    b"SCRAM-SHA-1": scram.maker("sha1", plus=False),
    b"SCRAM-SHA-1-PLUS": scram.maker("sha1", plus=True),
    b"SCRAM-SHA-256": scram.maker("sha256", plus=False),
    b"SCRAM-SHA-256-PLUS": scram.maker("sha256", plus=True),
    b"CRAM-MD5": CramMd5,
    b"APOP": Apop,
    b"XOAUTH2": XOauth2,
    b"OAUTHBEARER": OauthBearer,
    b"EXTERNAL": External,
}


def offered(text: str) -> list[bytes]:
    """The mechanisms of auth_mechanisms in its order, a SCRAM one with its -PLUS before it; raises ConfigError."""
    found: list[bytes] = []
    for word in split_list(text):
        name = word.upper().encode("ascii", "replace")
        if name not in MAKERS or name not in FLAGS:
            raise ConfigError(f"auth_mechanisms: unknown mechanism {word}")
        plus = name + b"-PLUS"
        found += [item for item in ([plus] if plus in MAKERS else []) + [name] if item not in found]
    return found
