"""schemes - stored passwords, `{SCHEME}data` as Dovecot writes them: checked and made.

Without a scheme a stored password is crypt(3)'s. What a machine can guess by the million is off unless allowed. Costs that
a stored value asks for are bounded, for a table that somebody else fills must not stop us.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Callable
from typing import Any

from pymaster.proto.saslprep import saslprep
from pymaster.store.passdb import crypt

# What schemes may cost: argon2 in KB and passes, iterations of PBKDF2 and SHA-crypt, the exponent of bcrypt.
MAX_MEMORY, MAX_PASSES, MAX_ITERATIONS, MAX_EXPONENT = 262144, 32, 5_000_000, 15
SCRAM_ITERATIONS = 4096
DEFAULT = "ARGON2ID"
_STORED = re.compile(r"\{([A-Za-z0-9-]+)(?:\.([A-Za-z0-9]+))?\}(.*)", re.DOTALL)
_ARGON = re.compile(r"\$argon2(?:id|i|d)\$(?:v=\d+\$)?m=([0-9]{1,8}),t=([0-9]{1,6}),p=([0-9]{1,3})\$")
_ROUNDS = re.compile(rb"\$[56]\$rounds=([0-9]{1,9})\$")
_BCRYPT = re.compile(rb"\$2[abxy]\$([0-9]{2})\$")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
# crypt(3) methods by the scheme that asks for them; DES has no prefix.
_STRONG_CRYPT = (b"$6$", b"$5$", b"$2y$", b"$2b$", b"$2a$", b"$y$", b"$gy$", b"$7$")
_CRYPT = {"SHA512-CRYPT": b"$6$", "SHA256-CRYPT": b"$5$", "BLF-CRYPT": b"$2y$", "YESCRYPT": b"$y$", "CRYPT": b"$6$"}
_DIGESTS = {
    "SSHA": ("sha1", True),
    "SSHA256": ("sha256", True),
    "SSHA512": ("sha512", True),
    "SMD5": ("md5", True),
    "SHA": ("sha1", False),
    "SHA1": ("sha1", False),
    "SHA256": ("sha256", False),
    "SHA512": ("sha512", False),
    "LDAP-MD5": ("md5", False),
    "PLAIN-MD5": ("md5", False),
}
WEAK = frozenset(("SMD5", "SHA", "SHA1", "SHA256", "SHA512", "LDAP-MD5", "PLAIN-MD5", "MD5-CRYPT", "MD5", "DES-CRYPT"))
PLAIN = frozenset(("PLAIN", "CLEARTEXT", "CLEAR"))
MAKES: tuple[str, ...] = (
    "ARGON2ID",
    "ARGON2I",
    "YESCRYPT",
    "SHA512-CRYPT",
    "SHA256-CRYPT",
    "BLF-CRYPT",
    "PBKDF2",
    "SCRAM-SHA-256",
    "SCRAM-SHA-1",
    "SSHA512",
    "SSHA256",
    "SSHA",
    "PLAIN",
)


class BadScheme(Exception):
    """The stored password cannot be used; the text, without the secret, is for the log."""


def split(stored: str) -> tuple[str, str, str]:
    """(scheme, encoding, data) of a stored password; the scheme is in upper case."""
    found = _STORED.fullmatch(stored)
    if found is None:
        return "CRYPT", "", stored
    return found[1].upper(), (found[2] or "").upper(), found[3]


def verify(password: bytes, stored: str, *, allow_weak: bool = False) -> bool:
    """Whether a password is the stored one; raises BadScheme."""
    scheme, encoding, data = split(stored)
    if scheme in WEAK and not allow_weak:
        raise BadScheme(f"scheme {scheme} is weak (auth_allow_weak_schemes)")
    if scheme in PLAIN:
        return hmac.compare_digest(password, data.encode("utf-8", "surrogateescape"))
    if scheme in _DIGESTS:
        return _digest(password, _DIGESTS[scheme], _bytes(data, encoding, scheme))
    if scheme in _CRYPT or scheme.endswith("-CRYPT") or scheme == "MD5":
        return _crypt(password, data.encode("utf-8", "surrogateescape"), allow_weak)
    check = _CHECKS.get(scheme)
    if check is None:
        raise BadScheme(f"unknown scheme {scheme}")
    return check(password, data)


def _digest(password: bytes, method: tuple[str, bool], stored: bytes) -> bool:
    name, salted = method
    size = hashlib.new(name, usedforsecurity=False).digest_size
    if len(stored) < size or (not salted and len(stored) != size):
        raise BadScheme("digest of a wrong length")
    made = hashlib.new(name, password + stored[size:], usedforsecurity=False).digest()
    return hmac.compare_digest(made, stored[:size])


def _bytes(data: str, encoding: str, scheme: str) -> bytes:
    """A digest's bytes; Dovecot writes PLAIN-MD5 in hexadecimal and the others in base64, unless told."""
    hexadecimal = encoding in ("HEX", "") and (encoding == "HEX" or scheme == "PLAIN-MD5")
    try:
        if hexadecimal:
            return bytes.fromhex(data) if _HEX.fullmatch(data) else _no()
        return base64.b64decode(data, validate=True)
    except (ValueError, binascii.Error):
        raise BadScheme("digest is not encoded as it should be") from None


def _no() -> bytes:
    raise ValueError


def _crypt(password: bytes, stored: bytes, allow_weak: bool) -> bool:
    if stored.startswith(b"$argon2"):
        return _argon2(password, stored.decode("ascii", "replace"))
    if not stored.startswith(_STRONG_CRYPT) and not allow_weak:
        raise BadScheme("this crypt method is weak (auth_allow_weak_schemes)")
    rounds, exponent = _ROUNDS.match(stored), _BCRYPT.match(stored)
    if (rounds and int(rounds[1]) > MAX_ITERATIONS) or (exponent and int(exponent[1]) > MAX_EXPONENT):
        raise BadScheme("stored password costs too much")
    if b"\0" in password or b"\0" in stored:
        return False
    try:
        return hmac.compare_digest(crypt.crypt(password, stored), stored)
    except crypt.Unavailable as exc:
        raise BadScheme(str(exc)) from None


def _argon2(password: bytes, stored: str) -> bool:
    found = _ARGON.match(stored)
    if found is None:
        raise BadScheme("no argon2 hash")
    if int(found[1]) > MAX_MEMORY or int(found[2]) > MAX_PASSES or int(found[3]) > 64:
        raise BadScheme("stored password costs too much")
    from argon2 import exceptions

    try:
        return bool(_hasher("ARGON2ID").verify(stored, password))
    except exceptions.VerifyMismatchError:
        return False
    except (exceptions.InvalidHashError, exceptions.VerificationError):
        raise BadScheme("no argon2 hash") from None


def _hasher(scheme: str) -> Any:
    # Imported late: commands start without it.
    import argon2

    kind = argon2.Type.I if scheme == "ARGON2I" else argon2.Type.ID
    # RFC 9106 section 4, the second recommendation: 64 MB, 3 passes.
    return argon2.PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1, type=kind)


def _pbkdf2(password: bytes, data: str) -> bool:
    """`$1$salt$rounds$hex`, SHA-1, as Dovecot."""
    parts = data.split("$")
    if len(parts) != 5 or parts[1] != "1" or not re.fullmatch("[0-9]{1,7}", parts[3]) or not _HEX.fullmatch(parts[4]):
        raise BadScheme("no PBKDF2 hash")
    wanted = bytes.fromhex(parts[4])
    if not 0 < int(parts[3]) <= MAX_ITERATIONS:
        raise BadScheme("stored password costs too much")
    made = hashlib.pbkdf2_hmac("sha1", password, parts[2].encode(), int(parts[3]), len(wanted))
    return hmac.compare_digest(made, wanted)


def scram_parts(data: str) -> tuple[int, bytes, bytes, bytes]:
    """(iterations, salt, StoredKey, ServerKey) of `iterations,salt,stored,server`; raises BadScheme."""
    parts = data.split(",")
    if len(parts) != 4 or not re.fullmatch("[0-9]{1,7}", parts[0]) or not 0 < int(parts[0]) <= MAX_ITERATIONS:
        raise BadScheme("no SCRAM keys")
    try:
        salt, stored, server = [base64.b64decode(part, validate=True) for part in parts[1:]]
    except (ValueError, binascii.Error):
        raise BadScheme("no SCRAM keys") from None
    return int(parts[0]), salt, stored, server


def scram_keys(digest: str, password: bytes, salt: bytes, iterations: int) -> tuple[bytes, bytes]:
    """(StoredKey, ServerKey) of RFC 5802 section 3 for `sha1` or `sha256`."""
    if not password.isascii():
        password = (saslprep(password.decode("utf-8", "replace")) or "").encode() or password
    salted = hashlib.pbkdf2_hmac(digest, password, salt, iterations)
    client = hmac.digest(salted, b"Client Key", digest)
    return hashlib.new(digest, client).digest(), hmac.digest(salted, b"Server Key", digest)


def _scram(digest: str) -> Callable[[bytes, str], bool]:
    def check(password: bytes, data: str) -> bool:
        iterations, salt, stored, _ = scram_parts(data)
        return hmac.compare_digest(scram_keys(digest, password, salt, iterations)[0], stored)

    return check


_CHECKS: dict[str, Callable[[bytes, str], bool]] = {
    "ARGON2ID": _argon2,
    "ARGON2I": _argon2,
    "ARGON2": _argon2,
    "PBKDF2": _pbkdf2,
    "SCRAM-SHA-1": _scram("sha1"),
    "SCRAM-SHA-256": _scram("sha256"),
}


def make(scheme: str, password: bytes) -> str:
    """A stored password; raises BadScheme for a scheme that is not made here."""
    scheme = scheme.upper()
    if scheme not in MAKES:
        raise BadScheme(f"scheme {scheme} is not made here; there are {', '.join(MAKES)}")
    if scheme == "PLAIN":
        return "{PLAIN}" + password.decode("utf-8", "surrogateescape")
    if scheme.startswith("ARGON2"):
        return f"{{{scheme}}}{_hasher(scheme).hash(password)}"
    if scheme == "YESCRYPT" or scheme in _CRYPT:
        name = "CRYPT" if scheme == "YESCRYPT" else scheme
        cost = {"BLF-CRYPT": 10, "SHA512-CRYPT": 100_000, "SHA256-CRYPT": 100_000}.get(scheme, 0)
        try:
            return f"{{{name}}}" + crypt.crypt(password, crypt.setting(_CRYPT[scheme], cost)).decode()
        except crypt.Unavailable as exc:
            raise BadScheme(str(exc)) from None
    salt = os.urandom(16)
    if scheme == "PBKDF2":
        word = base64.b64encode(salt).decode().rstrip("=")
        made = hashlib.pbkdf2_hmac("sha1", password, word.encode(), 100_000, 20).hex()
        return f"{{PBKDF2}}$1${word}$100000${made}"
    if scheme.startswith("SCRAM"):
        return f"{{{scheme}}}{scram_secret(scheme, password, salt)}"
    name = _DIGESTS[scheme][0]
    return f"{{{scheme}}}" + base64.b64encode(hashlib.new(name, password + salt).digest() + salt).decode()


def scram_secret(scheme: str, password: bytes, salt: bytes = b"", iterations: int = SCRAM_ITERATIONS) -> str:
    """`iterations,salt,StoredKey,ServerKey` for a password."""
    digest = "sha1" if scheme == "SCRAM-SHA-1" else "sha256"
    salt = salt or os.urandom(16)
    keys = scram_keys(digest, password, salt, iterations)
    return ",".join([str(iterations), *[base64.b64encode(part).decode() for part in (salt, *keys)]])


def secret(stored: str, scheme: str, salt: bytes = b"") -> str | None:
    """The stored password in the form that a mechanism needs (PLAIN, SCRAM-SHA-256 ...); None when it cannot be had."""
    have, _, data = split(stored)
    if have in PLAIN:
        if scheme == "PLAIN":
            return data
        return scram_secret(scheme, data.encode("utf-8", "surrogateescape"), salt)
    return data if have == scheme else None
