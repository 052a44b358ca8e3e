import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.model.authtask import AuthAnswer
from pymaster.rules.auth.mechanism import Ask, Challenge, Facts, Passed, Refused
from pymaster.rules.auth.scram import Scram, maker, pretence

BOUND = Facts(binding_type="tls-exporter", binding=b"\x01" * 32)


def keys(digest: str, password: bytes, salt: bytes, iterations: int) -> bytes:
    salted = hashlib.pbkdf2_hmac(digest, password, salt, iterations)
    stored = hashlib.new(digest, hmac.digest(salted, b"Client Key", digest)).digest()
    server = hmac.digest(salted, b"Server Key", digest)
    return b",".join([b"%d" % iterations, *map(base64.b64encode, (salt, stored, server))])


def client_final(digest: str, password: bytes, bare: bytes, first: bytes, binding: bytes) -> bytes:
    """What an honest client says to the server's first message."""
    parts = dict(word.split(b"=", 1) for word in first.split(b","))
    salted = hashlib.pbkdf2_hmac(digest, password, base64.b64decode(parts[b"s"]), int(parts[b"i"]))
    key = hmac.digest(salted, b"Client Key", digest)
    final = b"c=" + base64.b64encode(binding) + b",r=" + parts[b"r"]
    signature = hmac.digest(hashlib.new(digest, key).digest(), b",".join([bare, first, final]), digest)
    return final + b",p=" + base64.b64encode(bytes(a ^ b for a, b in zip(key, signature, strict=True)))


def test_example_of_rfc_5802() -> None:
    machine = maker("sha1", plus=False)(Facts())
    machine.nonce = b"3rfcNHYJY1ZVvWVs7j"
    assert machine.start(b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL") == Ask("secret", "user", scheme="SCRAM-SHA-1")
    secret = keys("sha1", b"pencil", base64.b64decode(b"QSXCR+Q6sek8bf92"), 4096)
    assert machine.told(AuthAnswer(1, "ok", {}, secret=secret)) == Challenge(
        b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"
    )
    final = b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
    assert machine.respond(final) == Passed(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")


def test_example_of_rfc_7677() -> None:
    machine = maker("sha256", plus=False)(Facts())
    machine.nonce = b"%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    machine.start(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    machine.told(
        AuthAnswer(1, "ok", {}, secret=keys("sha256", b"pencil", base64.b64decode(b"W22ZaJ0SNY7soEsUEjb6gQ=="), 4096))
    )
    final = (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    assert machine.respond(final) == Passed(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


@pytest.mark.parametrize(("state", "password"), [("ok", b"wrong"), ("unknown", b"pencil")])
def test_wrong_and_unknown_look_alike_until_the_proof(state: str, password: bytes) -> None:
    machine = maker("sha256", plus=False)(Facts())
    machine.start(b"n,,n=user,r=abc")
    secret = keys("sha256", b"pencil", b"s" * 16, 4096) if state == "ok" else pretence(b"s" * 16)
    step = machine.told(AuthAnswer(1, state, {}, secret=secret))
    assert isinstance(step, Challenge) and step.data.endswith(b",s=c3Nzc3Nzc3Nzc3Nzc3Nzcw==,i=4096")
    end = machine.respond(client_final("sha256", password, b"n=user,r=abc", step.data, b"n,,"))
    assert isinstance(end, Refused) and end.counts


def test_channel_binding() -> None:
    for binding, good in ((BOUND.binding, True), (b"\x02" * 32, False)):
        machine = maker("sha256", plus=True)(BOUND)
        header = b"p=tls-exporter,,"
        assert isinstance(machine.start(header + b"n=u,r=abc"), Ask)
        step = machine.told(AuthAnswer(1, "ok", {}, secret=keys("sha256", b"pw", b"salt", 4096)))
        assert isinstance(step, Challenge)
        end = machine.respond(client_final("sha256", b"pw", b"n=u,r=abc", step.data, header + binding))
        assert isinstance(end, Passed) is good


@pytest.mark.parametrize(
    ("plus", "facts", "header"),
    [
        (True, BOUND, b"n,,"),
        (True, BOUND, b"y,,"),
        (True, BOUND, b"p=tls-unique,,"),
        (True, Facts(), b"p=tls-exporter,,"),
        (False, BOUND, b"y,,"),  # somebody took our offer away
        (False, BOUND, b"p=tls-exporter,,"),
    ],
)
def test_channel_binding_that_does_not_fit(plus: bool, facts: Facts, header: bytes) -> None:
    assert isinstance(maker("sha256", plus=plus)(facts).start(header + b"n=u,r=abc"), Refused)


def test_names() -> None:
    assert Scram().start(b"n,a=x=2Cy,n=a=3Db,r=abc") == Ask("secret", "a=b", authzid="x,y", scheme="SCRAM-SHA-256")
    for bad in (
        b"n,,n=a=b,r=abc",
        b"n,,n=,r=abc",
        b"n,,m=1,n=u,r=a",
        b"n,,n=u",
        b"n=u,r=a",
        b"",
        b"n,,n=u,r=a b",
        b"n,,n=u\0,r=a",
    ):
        assert isinstance(Scram().start(bad), Refused), bad


def test_a_final_message_that_does_not_fit() -> None:
    for change in (
        (b"r=abc", b"r=abd"),
        (b"c=biws", b"c=eSws"),
        (b",p=", b",p=AA"),
        (b"c=biws", b"c=!"),
        (b",p=", b",x"),
    ):
        machine = Scram()
        machine.start(b"n,,n=u,r=abc")
        step = machine.told(AuthAnswer(1, "ok", {}, secret=keys("sha256", b"pw", b"salt", 4096)))
        assert isinstance(step, Challenge)
        final = client_final("sha256", b"pw", b"n=u,r=abc", step.data, b"n,,")
        assert isinstance(machine.respond(final.replace(*change)), Refused)


def test_a_secret_that_makes_no_sense() -> None:
    machine = Scram()
    machine.start(b"n,,n=u,r=abc")
    assert isinstance(machine.told(AuthAnswer(1, "ok", {}, secret=b"x")), Refused)


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_any_bytes(one: bytes, two: bytes) -> None:
    machine = Scram()
    if isinstance(machine.start(b"n,," + one), Ask):
        machine.told(AuthAnswer(1, "unknown", {}, secret=pretence(b"s")))
    assert isinstance(machine.respond(two), Refused | Ask)
