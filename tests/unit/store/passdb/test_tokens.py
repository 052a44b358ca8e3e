import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.config.snapshot import Snapshot
from pymaster.store.passdb.tokens import Tokens
from pymaster.util.clock import ManualClock

pytest.importorskip("cryptography")
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

SECRET = b"0123456789abcdef0123"
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
CLAIMS = {"email": "Bob@v.example", "iss": "https://id.example", "aud": ["mail", "web"], "exp": 1_700_000_100}


def part(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def token(claims: Any, algorithm: str = "HS256", kid: str | None = None, key: Any = SECRET, more: Any = None) -> bytes:
    head = {"alg": algorithm, **({"kid": kid} if kid is not None else {}), **(more or {})}
    message = f"{part(head)}.{part(claims)}".encode()
    if algorithm == "HS256":
        signature = hmac.digest(key, message, hashlib.sha256)
    elif algorithm == "RS256":
        signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    elif algorithm == "ES256":
        r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    else:
        signature = b"x"
    return message + b"." + part(signature).encode()


def pem(key: Any) -> bytes:
    made: bytes = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return made


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    (folder / "default.secret").write_bytes(SECRET + b"\n")
    (folder / "short.secret").write_bytes(b"short")
    (folder / "rsa.pem").write_bytes(pem(RSA))
    (folder / "ec.pem").write_bytes(pem(EC))
    (folder / "bad.pem").write_bytes(b"nonsense")
    return folder


@pytest.fixture
def tokens(keys: Path) -> Tokens:
    text = f"auth_oauth2_key_directory = {keys}\nauth_oauth2_issuers = https://id.example\nauth_oauth2_audience = mail imap"
    return Tokens(Snapshot.from_text(text), ManualClock())


@pytest.mark.parametrize(
    ("algorithm", "kid", "key"), [("HS256", None, SECRET), ("RS256", "rsa", RSA), ("ES256", "ec", EC)]
)
def test_good_tokens(tokens: Tokens, algorithm: str, kid: str | None, key: Any) -> None:
    made = token(CLAIMS, algorithm, kid, key)
    for user in ("bob@v.example", ""):
        found = tokens.verify(user, made)
        assert (found.state, found.fields) == ("ok", {"user": "bob@v.example"})
    assert tokens.verify("alice", made).state == "mismatch"
    broken = made[:-10] + (b"A" if made[-10:-9] != b"A" else b"B") + made[-9:]
    assert tokens.verify("bob@v.example", broken).state == "mismatch"


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"exp": 1_699_999_900}, "expired"),
        ({"exp": None}, "mismatch"),
        ({"exp": True}, "mismatch"),
        ({"exp": "1700000100"}, "mismatch"),
        ({"exp": 1e400}, "mismatch"),
        ({"nbf": 1_700_000_090}, "expired"),
        ({"nbf": "x"}, "mismatch"),
        ({"iss": "https://evil.example"}, "mismatch"),
        ({"iss": ["https://id.example"]}, "mismatch"),
        ({"aud": "web"}, "mismatch"),
        ({"aud": [["mail"]]}, "mismatch"),
        ({"aud": "mail"}, "ok"),
        ({"email": None}, "mismatch"),
        ({"email": ["bob@v.example"]}, "mismatch"),
    ],
)
def test_claims(tokens: Tokens, change: dict[str, Any], state: str) -> None:
    assert tokens.verify("bob@v.example", token(CLAIMS | change)).state == state


def test_keys_and_algorithms(tokens: Tokens, keys: Path) -> None:
    bad = [
        token(CLAIMS, "none", None),
        token(CLAIMS, "none", "rsa"),
        # The public key as an HMAC secret: the algorithm is the key's, not the token's.
        token(CLAIMS, "HS256", "rsa", pem(RSA)),
        token(CLAIMS, "ES256", "rsa", EC),
        token(CLAIMS, "RS256", "ec", RSA),
        token(CLAIMS, "HS256", "short", b"short"),
        token(CLAIMS, "RS256", "bad", RSA),
        token(CLAIMS, "RS256", "absent", RSA),
        token(CLAIMS, "HS256", None, SECRET, {"crit": ["x"]}),
        *[
            token(CLAIMS, "HS256", kid)
            for kid in ("../keys/default", "/etc/passwd", "", ".", "..", "a\0b", "a/b", "-x")
        ],
        token(CLAIMS, "HS256", None, SECRET, {"kid": 7}),
    ]
    for made in bad:
        assert tokens.verify("bob@v.example", made).state == "mismatch"


@pytest.mark.parametrize("made", [b"", b"a.b", b"a.b.c.d", b"\xff.a.b", b"..", b"x" * 20000, b"W10.W10.eA", b"!.!.!"])
def test_malformed(tokens: Tokens, made: bytes) -> None:
    assert tokens.verify("bob", made).state == "mismatch"


def test_deep_json(tokens: Tokens) -> None:
    assert tokens.verify("bob", f"{part(b'[' * 5000)}.e30.eA".encode()).state == "mismatch"


def test_not_configured() -> None:
    assert Tokens(Snapshot.from_text("")).verify("bob", b"a.b.c").state == "temp"


@given(st.binary(max_size=60))
def test_any_bytes(keys: Path, made: bytes) -> None:
    found = Tokens(Snapshot.from_text(f"auth_oauth2_key_directory = {keys}")).verify("bob", made)
    assert found.state == "mismatch"
