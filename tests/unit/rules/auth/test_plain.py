import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.rules.auth.mechanism import Ask, Challenge, Refused
from pymaster.rules.auth.plain import Login, Plain


def test_plain() -> None:
    assert Plain().start(b"\0bob\0pass word") == Ask("verify", "bob", b"pass word")
    assert Plain().start(b"bob\0bob\0x") == Ask("verify", "bob", b"x")
    assert Plain().start(b"alice\0bob\0x") == Ask("verify", "bob", b"x", authzid="alice")
    assert Plain().start(None) == Challenge(b"")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"bob",
        b"\0bob",
        b"\0\0",
        b"\0bob\0",
        b"\0\0x",
        b"a\0b\0c\0d",
        b"\0bob\r\nX\0x",
        b"\0\xff\0x",
        b"\n\0bob\0x",
        b"\0bob\0" + b"x" * 1025,
        b"\0" + b"b" * 256 + b"\0x",
    ],
)
def test_plain_refuses_without_counting(data: bytes) -> None:
    step = Plain().start(data)
    assert isinstance(step, Refused) and not step.counts


def test_login() -> None:
    login = Login()
    assert login.start(None) == Challenge(b"Username:")
    assert login.respond(b"bob") == Challenge(b"Password:")
    assert login.respond(b"pw") == Ask("verify", "bob", b"pw")
    assert Login().start(b"bob") == Challenge(b"Password:")
    assert isinstance(Login().respond(b""), Refused)
    login = Login()
    login.start(b"bob")
    assert isinstance(login.respond(b"a\0b"), Refused)


@given(st.lists(st.binary(max_size=40), max_size=4))
def test_any_bytes(words: list[bytes]) -> None:
    for machine in (Plain(), Login()):
        machine.start(None)
        for word in words:
            assert machine.respond(word) is not None
