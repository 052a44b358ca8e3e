"""A SASL exchange in base64: initial responses, cancelling, nonsense, the server's last word, what is told to a client."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.dialog.login.handed import CONTINUE, FAIL, OK, About, Verdict
from pymaster.dialog.login.shared import MAX_WORD, Sasl, answer_fits, decode, fit, note_tls
from tests.unit.dialog.login.popauth import Auth, Io


def b64(data: bytes) -> bytes:
    return base64.b64encode(data)


class Client:
    """Answers challenges from a list."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers, self.asked = list(answers), []

    def __call__(self, text: bytes) -> bytes | None:
        self.asked.append(base64.b64decode(text))
        return self.answers.pop(0)


def converse(auth: Auth, mechanism: bytes, initial: bytes | None, client: Client) -> Verdict | None:
    return Sasl(auth, About("pop3"), lambda: None).converse(mechanism, initial, client)


def test_an_exchange_with_challenges_and_a_last_word() -> None:
    auth, client = Auth(), Client(b64(b"one"), b64(b"two"), b"")
    verdict = converse(auth, b"STEPS", None, client)
    assert verdict is not None and verdict.state == OK and verdict.user == "mrose"
    assert client.asked == [b"", b"and?", b"well done"]
    assert auth.exchanges[0].words == [b"one", b"two"]
    assert auth.exchanges[0].aborted == 0


def test_initial_response() -> None:
    auth, client = Auth(), Client(b64(b"two"), b"")
    verdict = converse(auth, b"STEPS", b64(b"one"), client)
    assert verdict is not None and verdict.state == OK
    assert auth.started == [(b"STEPS", b"one")]


def test_equals_sign_is_an_empty_initial_response() -> None:
    auth = Auth()
    verdict = converse(auth, b"PLAIN", b"=", Client())
    assert verdict is not None and verdict.state == FAIL
    assert auth.started == [(b"PLAIN", b"")]


@pytest.mark.parametrize("answer", [b"*", b"no base64", b"b25l=", b"b25", b"b25l b25l", None, b"A" * 8196])
def test_cancelled_or_not_understood(answer: bytes | None) -> None:
    auth = Auth()
    assert converse(auth, b"STEPS", None, Client(answer)) is None
    assert auth.exchanges[0].aborted == 1


@pytest.mark.parametrize("initial", [b"*", b"!", b"b25", b"b25l\0"])
def test_a_bad_initial_response_never_reaches_the_authenticator(initial: bytes) -> None:
    auth = Auth()
    assert converse(auth, b"PLAIN", initial, Client()) is None
    assert not auth.started


def test_cancelling_at_the_last_word_is_no_login() -> None:
    assert converse(Auth(), b"STEPS", None, Client(b64(b"one"), b64(b"two"), b"*")) is None


def test_a_lost_client_ends_the_exchange() -> None:
    auth = Auth()

    def gone(text: bytes) -> bytes:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        Sasl(auth, About("pop3"), lambda: None).converse(b"STEPS", None, gone)
    assert auth.exchanges[0].aborted == 1


def test_user_and_password() -> None:
    auth = Auth()
    sasl = Sasl(auth, About("pop3"), lambda: ("tls-exporter", b"x"))
    assert sasl.plain(b"mrose", b"tanstaaf").state == OK
    assert auth.abouts[0].binding == ("tls-exporter", b"x")
    assert sasl.plain(b"mrose", b"").state == FAIL
    for user, password in ((b"", b"x"), (b"a\0b", b"x"), (b"a", b"x\0y")):
        assert sasl.plain(user, password).state == FAIL
    assert len(auth.started) == 2


def test_a_mechanism_of_one_word_that_wants_more_is_a_failure() -> None:
    auth = Auth()
    assert Sasl(auth, About("pop3"), lambda: None).once(b"STEPS", b"one").state == FAIL
    assert auth.exchanges[0].aborted == 1


def test_tls_is_noted() -> None:
    io, about = Io([]), About("pop3")
    note_tls(io, about)
    assert not about.tls
    io.starttls(1e9)
    note_tls(io, about)
    assert about.tls and about.secured


def test_texts_for_a_client() -> None:
    assert answer_fits(Verdict(FAIL)) == b"[AUTHENTICATIONFAILED] Authentication failed."
    assert answer_fits(Verdict(FAIL, code="", text="a]\r\nb")) == b"a???b"
    assert answer_fits(Verdict(FAIL, code="X] evil", text="no")) == b"no"
    assert len(fit("x" * 1000)) == 200
    assert Verdict(CONTINUE).state == CONTINUE


@given(st.binary(max_size=200))
def test_decode_undoes_base64_and_never_raises(data: bytes) -> None:
    assert decode(b64(data)) == data
    found = decode(data)
    assert found is None or len(found) <= MAX_WORD
