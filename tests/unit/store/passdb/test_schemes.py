import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.store.passdb import crypt, schemes
from pymaster.store.passdb.schemes import BadScheme, make, secret, verify


@pytest.mark.parametrize("scheme", schemes.MAKES)
def test_what_is_made_is_right(scheme: str) -> None:
    stored = make(scheme, b"geheim")
    assert verify(b"geheim", stored)
    assert not verify(b"Geheim", stored) and not verify(b"", stored)
    if scheme != "PLAIN":
        assert "geheim" not in stored and make(scheme, b"geheim") != stored


@pytest.mark.parametrize(
    "stored",
    [
        "{SSHA}" + base64.b64encode(hashlib.sha1(b"pwsalt").digest() + b"salt").decode(),
        "{SSHA256.HEX}" + (hashlib.sha256(b"pwsalt").digest() + b"salt").hex(),
        "{CLEARTEXT}pw",
        "{PBKDF2}$1$salt$5000$" + hashlib.pbkdf2_hmac("sha1", b"pw", b"salt", 5000, 20).hex(),
    ],
)
def test_what_dovecot_makes(stored: str) -> None:
    assert verify(b"pw", stored) and not verify(b"px", stored)


MD5_CRYPT = crypt.crypt(b"pw", b"$1$salt$").decode()
WEAK = [
    "{PLAIN-MD5}" + hashlib.md5(b"pw").hexdigest(),
    "{LDAP-MD5}" + base64.b64encode(hashlib.md5(b"pw").digest()).decode(),
    "{SHA}" + base64.b64encode(hashlib.sha1(b"pw").digest()).decode(),
    "{SHA256}" + base64.b64encode(hashlib.sha256(b"pw").digest()).decode(),
    "{SMD5}" + base64.b64encode(hashlib.md5(b"pwsalt").digest() + b"salt").decode(),
    "{MD5-CRYPT}" + MD5_CRYPT,
    MD5_CRYPT,
]


@pytest.mark.parametrize("stored", WEAK)
def test_weak_ones_have_to_be_allowed(stored: str) -> None:
    with pytest.raises(BadScheme, match="weak"):
        verify(b"pw", stored)
    assert verify(b"pw", stored, allow_weak=True) and not verify(b"px", stored, allow_weak=True)


@pytest.mark.parametrize(
    "stored",
    [
        "{ARGON2ID}$argon2id$v=19$m=99999999,t=3,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        "{ARGON2ID}$argon2id$v=19$m=65536,t=999,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        "{CRYPT}$6$rounds=999999999$salt$x",
        "{BLF-CRYPT}$2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "{PBKDF2}$1$salt$9999999$aabb",
        "{SCRAM-SHA-256}9999999,c2FsdA==,AA==,AA==",
    ],
)
def test_costs_are_bounded(stored: str) -> None:
    with pytest.raises(BadScheme):
        verify(b"pw", stored)


@pytest.mark.parametrize(
    "stored",
    ["{NOPE}x", "{SSHA}!!", "{SSHA}AA==", "{PBKDF2}x", "{SCRAM-SHA-1}x", "{ARGON2ID}x", "{PLAIN-MD5}zz", "", "x"],
)
def test_nonsense(stored: str) -> None:
    with pytest.raises(BadScheme):
        verify(b"pw", stored, allow_weak=True)


def test_nul_in_a_password() -> None:
    assert not verify(b"pw\0x", make("SHA512-CRYPT", b"pw"))


def test_secrets_for_challenge_mechanisms() -> None:
    assert secret("{PLAIN}pw", "PLAIN") == "pw"
    keys = secret("{PLAIN}pw", "SCRAM-SHA-256", b"0123456789abcdef")
    assert keys is not None and verify(b"pw", "{SCRAM-SHA-256}" + keys)
    assert keys == secret("{PLAIN}pw", "SCRAM-SHA-256", b"0123456789abcdef")
    stored = make("SCRAM-SHA-1", b"pw")
    assert secret(stored, "SCRAM-SHA-1") == stored[13:]
    assert secret(stored, "SCRAM-SHA-256") is None and secret(stored, "PLAIN") is None
    assert secret(make("SSHA", b"pw"), "PLAIN") is None


def test_scram_prepares_passwords() -> None:
    assert verify("I\u00adX".encode(), make("SCRAM-SHA-256", b"IX"))


@given(
    st.text(max_size=60),
    st.sampled_from(["", *[f"{{{name}}}" for name in ("SSHA", "PBKDF2", "ARGON2ID", "SCRAM-SHA-1", "CRYPT")]]),
)
def test_any_stored_text(text: str, scheme: str) -> None:
    try:
        assert verify(b"pw", scheme + text, allow_weak=True) in (True, False)
    except BadScheme:
        return
