"""IMAP before login: what may be said, TLS, both ways to log in, limits; whole and split at every byte."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.dialog.login.handed import CONTINUE, FAIL, OK, About, LoggedIn, Settings, Ticket, Verdict, World
from pymaster.dialog.login.imap import ImapLogin
from pymaster.util.clock import ManualClock
from pymaster.util.errors import ConnectionLost, DeadlineExceeded


class Exchange:
    """Asks once more, then lets the right answer in."""

    def __init__(self) -> None:
        self.aborted = False

    def respond(self, data: bytes) -> Verdict:
        """The second word."""
        return Verdict(OK, user="u", ticket=Ticket(1, 2, "c")) if data == b"right" else Verdict(FAIL)

    def abort(self) -> None:
        """Given up."""
        self.aborted = True


class Auth:
    """One user, `u` with `pw`; mechanism STEPS takes two words."""

    def __init__(self) -> None:
        self.exchange = Exchange()
        self.seen: list[tuple[bytes, bytes | None]] = []

    def mechanisms(self, *, secured: bool) -> list[bytes]:
        """What may be offered."""
        return [b"PLAIN", b"STEPS", b"STEPS-PLUS"] if secured else [b"STEPS", b"STEPS-PLUS"]

    def start(self, mechanism: bytes, initial: bytes | None, about: About) -> tuple[Exchange, Verdict]:
        """Begin."""
        self.seen.append((mechanism, initial))
        if mechanism == b"PLAIN" and initial is not None:
            good = initial == b"\0u\0pw"
            return self.exchange, Verdict(OK, user="u", ticket=Ticket(1, 2, "c")) if good else Verdict(FAIL)
        return self.exchange, Verdict(CONTINUE, b"hello")


class Io:
    """A client whose words are written."""

    def __init__(self, data: bytes, step: int) -> None:
        self.data, self.step, self.said, self.secured = data, step, b"", False
        self.late = False

    def recv(self, deadline: float) -> bytes:
        """Its next words."""
        if self.late and not self.data:
            raise DeadlineExceeded
        part, self.data = self.data[: self.step], self.data[self.step :]
        return part

    def send(self, data: bytes, deadline: float) -> None:
        """It listens."""
        self.said += data

    def starttls(self, deadline: float) -> None:
        """It shakes hands."""
        self.secured = True
        self.said += b"<TLS>"

    def certified(self) -> str:
        """No certificate."""
        return ""

    def binding(self) -> tuple[str, bytes] | None:
        """None."""
        return None


def talk(data: bytes, step: int = 1 << 20, near: bool = True, **changes: Any) -> tuple[bytes, LoggedIn | None]:
    """A conversation until the client's words are over."""
    io = Io(data, step)
    login = ImapLogin(
        World(Settings("h", **changes), Auth(), ManualClock()), io, About("imap", "192.0.2.1", secured=near)
    )
    try:
        result = login.run()
    except ConnectionLost:
        result = None
    return io.said, result


def lines(said: bytes) -> list[bytes]:
    """All but the greeting."""
    return said.split(b"\r\n")[1:-1]


@pytest.mark.parametrize("step", [1, 2, 7, 1 << 20])
def test_login_passes_on_what_came_behind_it(step: int) -> None:
    said, result = talk(b"a1 CAPABILITY\r\na2 login u {2}\r\npw\r\na3 SELECT INBOX\r\n", step)
    assert result is not None and (result.user, result.tag, result.method) == ("u", b"a2", "LOGIN")
    assert b"a3 SELECT INBOX\r\n".startswith(result.rest) and result.ticket == Ticket(1, 2, "c")
    assert said.startswith(b"* OK [CAPABILITY IMAP4rev1 ") and b"AUTH=PLAIN" in said and said.endswith(b"+ OK\r\n")


@pytest.mark.parametrize("step", [1, 1 << 20])
def test_authenticate_in_each_way(step: int) -> None:
    word = base64.b64encode(b"\0u\0pw")
    for words in (
        b"a AUTHENTICATE PLAIN " + word + b"\r\n",
        b"a authenticate STEPS\r\n" + base64.b64encode(b"right") + b"\r\n",
    ):
        assert talk(words, step)[1] is not None
    said, result = talk(
        b"a AUTHENTICATE STEPS\r\n*\r\nb AUTHENTICATE STEPS =\r\n!!\r\nc NOOP\r\n", step, bad_commands=9
    )
    assert result is None
    assert lines(said)[0] == b"+ " + base64.b64encode(b"hello") and lines(said)[1].startswith(b"a BAD ")
    assert lines(said)[3].startswith(b"b BAD ") and lines(said)[4] == b"c OK NOOP completed."


def test_a_wrong_password_may_be_said_again_but_not_for_ever() -> None:
    said, result = talk(b"a LOGIN u x\r\n" * 20, failures=3)
    assert (
        result is None
        and said.count(b"a NO [AUTHENTICATIONFAILED] ") == 3
        and said.endswith(b"* BYE Too many failed logins.\r\n")
    )


def test_no_password_in_clear_from_afar() -> None:
    said, _ = talk(b"a LOGIN u pw\r\nb AUTHENTICATE PLAIN\r\nc LOGOUT\r\n", near=False, tls=True)
    assert b"LOGINDISABLED" in said and b"AUTH=PLAIN" not in said and b"AUTH=STEPS" in said and b" STARTTLS" in said
    assert [line[:22] for line in lines(said)[:2]] == [b"a NO [PRIVACYREQUIRED]", b"b NO [PRIVACYREQUIRED]"]
    assert lines(said)[2:] == [b"* BYE Logging out", b"c OK Logout completed."]


def test_channel_binding_is_offered_only_where_there_is_a_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    assert b"-PLUS" not in talk(b"a CAPABILITY\r\n")[0]
    monkeypatch.setattr(Io, "binding", lambda self: ("tls-exporter", b"x"))
    assert b"AUTH=STEPS-PLUS" in talk(b"a CAPABILITY\r\n")[0]


def test_where_tls_is_due_nothing_is_taken_before_it() -> None:
    said, _ = talk(b"a AUTHENTICATE STEPS\r\n", near=False, tls=True, tls_required=True)
    assert b"AUTH=" not in said and lines(said)[0].startswith(b"a NO [PRIVACYREQUIRED]")


def test_starttls_and_then_everything_is_new() -> None:
    io = Io(b"a STARTTLS\r\n", 1 << 20)
    login = ImapLogin(World(Settings("h", tls=True), Auth(), ManualClock()), io, About("imap", "192.0.2.1"))
    original = io.starttls

    def shake(deadline: float) -> None:
        original(deadline)
        io.data = b"b CAPABILITY\r\nc STARTTLS\r\nd LOGIN u pw\r\n"

    io.starttls = shake  # type: ignore[method-assign]
    result = login.run()
    assert result is not None and login.about.tls
    after = io.said.split(b"<TLS>")[1]
    assert (
        b"STARTTLS" not in after.split(b"\r\n")[0]
        and b"AUTH=PLAIN" in after
        and b"c BAD TLS is already active." in after
    )


@pytest.mark.parametrize("behind", [b"b LOGIN u pw\r\n", b"x", b"b LOGIN {5+}\r\n"])
def test_what_follows_starttls_in_clear_is_never_done(behind: bytes) -> None:
    said, result = talk(b"a STARTTLS\r\n" + behind, tls=True)
    assert (
        result is None
        and said.endswith(b"* BYE Commands may not follow STARTTLS in clear.\r\n")
        and b"<TLS>" not in said
    )


def test_strangers_and_limits() -> None:
    said, _ = talk(b"a SELECT INBOX\r\nb FROB\r\nGET / HTTP/1.1\r\nd NOOP\r\n")
    assert lines(said)[0] == b"a BAD Please login first." and said.endswith(b"* BYE Too many invalid commands.\r\n")
    said, _ = talk(b"a LOGIN {9000}\r\nb LOGIN {99999999999+}\r\nc NOOP\r\n")
    assert b"a NO [TOOBIG]" in said and said.endswith(b"* BYE Literal too large\r\n")
    said, _ = talk(b"a " + b"(" * 100_000 + b"\r\nb NOOP\r\n", 1000)
    assert b"TOOBIG" in said and b"b OK" in said


def test_id_is_bounded_and_tells_nothing() -> None:
    said, _ = talk(b'a ID ("name" "x" "version" NIL)\r\nb ID NIL\r\nc ID (' + b'"a" "b" ' * 40 + b'"a" "b")\r\n')
    assert lines(said)[:4] == [b"* ID NIL", b"a OK ID completed.", b"* ID NIL", b"b OK ID completed."]
    assert lines(said)[4].startswith(b"c BAD ")


def test_silence_ends_it() -> None:
    io = Io(b"", 10)
    io.late = True
    assert ImapLogin(World(Settings("h"), Auth(), ManualClock()), io, About("imap")).run() is None
    assert io.said.endswith(b"* BYE Disconnected: Inactivity.\r\n")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.integers(1, 50))
def test_whatever_comes_it_ends_well(data: bytes, step: int) -> None:
    said, result = talk(data + b"\r\n", step)
    assert result is None and said.startswith(b"* OK ")


def test_a_long_batch_lets_others_have_their_turn() -> None:
    slept: list[int] = []
    io = Io(b"t NOOP\r\n" * 250 + b"t LOGOUT\r\n", 1 << 20)
    world = World(Settings("mail.example"), Auth(), ManualClock(), sleep=lambda _: slept.append(io.said.count(b"t OK")))  # type: ignore[arg-type]
    assert ImapLogin(world, io, About("imap", "192.0.2.1")).run() is None
    assert slept == [100, 200]
    assert io.said.count(b"t OK") == 251
