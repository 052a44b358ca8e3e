from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.rules.auth.bearer import External, OauthBearer, XOauth2
from pymaster.rules.auth.mechanism import Ask, Challenge, Facts, Refused


def test_xoauth2() -> None:
    machine = XOauth2()
    assert machine.start(b"user=bob@example.com\1auth=Bearer ya29.vF9\1\1") == Ask(
        "token", "bob@example.com", b"ya29.vF9"
    )
    assert machine.refused("expired") == Challenge(b'{"status":"400","schemes":"bearer","scope":"mail"}')
    assert machine.respond(b"") == Refused("expired")


def test_oauthbearer_example_of_rfc_7628() -> None:
    text = b"n,a=user@example.com,\1host=server.example.com\1port=143\1auth=Bearer vF9dft4qmT=\1\1"
    machine = OauthBearer()
    assert machine.start(text) == Ask("token", "user@example.com", b"vF9dft4qmT=")
    assert isinstance(machine.refused("no"), Challenge)
    assert machine.respond(b"\1") == Refused("no")
    assert OauthBearer().start(b"n,,\1auth=bearer x\1\1") == Ask("token", "", b"x")


@pytest.mark.parametrize(
    "data",
    [b"", b"user=bob\1\1", b"user=bob\1auth=Basic x\1\1", b"user=\1auth=Bearer x\1\1", b"user=a\1auth=Bearer x\ny\1\1"],
)
def test_bad_input(data: bytes) -> None:
    assert isinstance(XOauth2().start(data), Refused) and isinstance(OauthBearer().start(data), Refused)


def test_external() -> None:
    machine = External(Facts(certificate="bob"))
    assert machine.start(None) == Challenge(b"")
    assert machine.respond(b"") == machine.respond(b"bob") == Ask("exists", "bob")
    assert machine.respond(b"alice") == Ask("exists", "bob", authzid="alice")
    assert isinstance(machine.respond(b"\xff"), Refused)
    assert isinstance(External().start(b""), Refused)


@given(st.binary(max_size=80))
@pytest.mark.parametrize("kind", [XOauth2, OauthBearer, External])
def test_any_bytes(kind: Any, data: bytes) -> None:
    assert isinstance(kind().respond(data), Refused | Ask)
