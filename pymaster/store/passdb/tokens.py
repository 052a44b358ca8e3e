"""tokens - bearer tokens that are signed (JWT, RFC 7519): RS256, ES256 and HS256, checked here with keys from a directory.

What algorithm is right is decided by the key, never by the token. A key's name (`kid`) must be a plain file name. A token
needs `exp`, and `iss` and `aud` where they are configured (RFC 8725). RS256 and ES256 want the package cryptography.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
from typing import Any, TypeGuard

from pymaster.config.params.auth import AuthParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.store.passdb.contract import EXPIRED, MISMATCH, OK, TEMPORARY, Found
from pymaster.util.clock import SYSTEM, Clock

MAX_TOKEN, MAX_KEY = 16384, 65536
# Seconds by which the issuer's clock may differ from ours.
LEEWAY = 60.0
_KID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_PART = re.compile(r"[A-Za-z0-9_-]+")


class BadToken(Exception):
    """The token is not accepted; the text, without any of the token, is for the log."""


class Tokens:
    """The rules of one configuration (auth_oauth2_*)."""

    def __init__(self, snapshot: Snapshot, clock: Clock = SYSTEM) -> None:
        params = snapshot[AuthParams]
        self._directory, self._clock = params.auth_oauth2_key_directory, clock
        self._issuers = frozenset(split_list(params.auth_oauth2_issuers))
        self._audience = frozenset(split_list(params.auth_oauth2_audience))
        self._claim, self._lower = params.auth_oauth2_username_claim, params.auth_username_lower

    def verify(self, user: str, token: bytes) -> Found:
        """Whether a token is good, and its user `user` ("": whoever it names)."""
        if not self._directory:
            return Found(TEMPORARY, "auth_oauth2_key_directory is not set")
        try:
            claims = self.claims(token)
        except BadToken as exc:
            return Found(MISMATCH, f"token: {exc}")
        except OSError as exc:
            return Found(TEMPORARY, f"token key: {exc.strerror}")
        now, end, begin = self._clock.now(), claims.get("exp"), claims.get("nbf", 0)
        if not _is_time(end) or not _is_time(begin):
            return Found(MISMATCH, "token: exp is missing or no number")
        if now >= end + LEEWAY or now < begin - LEEWAY:
            return Found(EXPIRED, "token: not valid at this time")
        if self._issuers and not self._issuers & _names(claims.get("iss")):
            return Found(MISMATCH, "token: wrong issuer")
        audience = claims.get("aud")
        named = {name for item in audience for name in _names(item)} if isinstance(audience, list) else _names(audience)
        if self._audience and not self._audience & named:
            return Found(MISMATCH, "token: wrong audience")
        name = claims.get(self._claim)
        if not isinstance(name, str) or not name:
            return Found(MISMATCH, f"token: no claim {self._claim}")
        if self._lower:
            name = name.lower()
        if user and name != user:
            return Found(MISMATCH, "token: names another user")
        return Found(OK, fields={"user": name})

    def claims(self, token: bytes) -> dict[str, Any]:
        """The claims of a token whose signature is right; raises BadToken, OSError."""
        try:
            parts = token.decode("ascii").split(".") if len(token) <= MAX_TOKEN else []
        except UnicodeDecodeError:
            parts = []
        if len(parts) != 3:
            raise BadToken("malformed")
        header, claims = _json(parts[0]), _json(parts[1])
        if "crit" in header:
            raise BadToken("critical extensions")
        kid = header.get("kid", "default")
        if not isinstance(kid, str) or not _KID.fullmatch(kid):
            raise BadToken("bad kid")
        message = f"{parts[0]}.{parts[1]}".encode()
        if not self._signed(kid, header.get("alg"), message, _decoded(parts[2])):
            raise BadToken("wrong signature")
        return claims

    def _signed(self, kid: str, algorithm: object, message: bytes, signature: bytes) -> bool:
        path = os.path.join(self._directory, kid)
        if os.path.exists(f"{path}.secret"):
            if algorithm != "HS256":
                raise BadToken("wrong algorithm")
            key = _read(f"{path}.secret").rstrip(b"\n")
            return len(key) >= 16 and hmac.compare_digest(hmac.digest(key, message, hashlib.sha256), signature)
        if not os.path.exists(f"{path}.pem"):
            raise BadToken("unknown key")
        try:
            return _public(_read(f"{path}.pem"), algorithm, message, signature)
        except ImportError:
            raise OSError(0, "the package cryptography is not installed") from None


def _public(pem: bytes, algorithm: object, message: bytes, signature: bytes) -> bool:
    """Whether a signature is right by a public key, or by that of a certificate."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

    try:
        if b"BEGIN CERTIFICATE" in pem:
            key: Any = x509.load_pem_x509_certificate(pem).public_key()
        else:
            key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise BadToken("key file makes no sense") from None
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm == "RS256" and key.key_size >= 2048:
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
            return True
        if isinstance(key, ec.EllipticCurvePublicKey) and algorithm == "ES256" and key.curve.name == "secp256r1":
            if len(signature) != 64:
                return False
            pair = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            key.verify(utils.encode_dss_signature(*pair), message, ec.ECDSA(hashes.SHA256()))
            return True
    except InvalidSignature:
        return False
    raise BadToken("wrong algorithm")


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(MAX_KEY)


def _decoded(part: str) -> bytes:
    if not _PART.fullmatch(part):
        raise BadToken("malformed")
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (ValueError, binascii.Error):
        raise BadToken("malformed") from None


def _json(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_decoded(part))
    except (ValueError, RecursionError):
        raise BadToken("malformed") from None
    if not isinstance(found, dict):
        raise BadToken("malformed")
    return found


def _names(value: object) -> set[str]:
    return {value} if isinstance(value, str) else set()


def _is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
