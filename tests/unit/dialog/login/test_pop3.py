"""POP3 before login: what may be said, TLS, all ways to log in, limits; whole, and split at every byte."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.dialog.login.handed import FAIL, About, LoggedIn, Settings, Verdict, World
from pymaster.dialog.login.pop3 import Pop3Login
from pymaster.util.clock import ManualClock
from pymaster.util.errors import ConnectionLost
from tests.unit.dialog.login.popauth import DIGEST, STAMP, Auth, Io

WORDS = b"TOP UIDL RESP-CODES PIPELINING AUTH-RESP-CODE EXPIRE=NEVER LOGIN-DELAY=0 UTF8 LANG"


class Lab:
    """One client. `near`: from this machine, so that passwords may be said in clear."""

    def __init__(self, *, near: bool = True, hang: bool = False, **given: object) -> None:
        self.clock, self.auth = ManualClock(), Auth()
        self.settings = Settings("mail.example", **given)  # type: ignore[arg-type]
        self.about = About("pop3", "192.0.2.1", secured=near)
        self.hang = hang

    def run(self, *pieces: bytes) -> tuple[list[bytes], LoggedIn | None]:
        """The server's lines behind the greeting, and the result."""
        self.io = Io(pieces, self.clock, hang=self.hang)
        world = World(self.settings, self.auth, self.clock, lambda: STAMP)
        login = Pop3Login(world, self.io, self.about)
        try:
            result = login.run()
        except ConnectionLost:
            result = None
        greeting, *lines = self.io.output.split(b"\r\n")
        assert greeting.startswith(b"+OK mail.example ready.")
        self.greeting = greeting
        assert lines.pop() == b""
        return lines, result


def capabilities(lines: list[bytes]) -> bytes:
    """The list of CAPA as one line, arguments with =."""
    assert lines[0] == b"+OK Capability list follows"
    assert lines[-1] == b"."
    return b" ".join(line.replace(b" ", b"=", 1) for line in lines[1:-1])


def test_user_and_password() -> None:
    lab = Lab()
    lines, result = lab.run(b"USER mrose\r\n", b"pass tanstaaf\r\nSTAT\r\n")
    assert lines == [b"+OK Send the password."]
    assert result is not None
    assert (result.user, result.method, result.rest, result.tag, result.service) == (
        "mrose",
        "PLAIN",
        b"STAT\r\n",
        b"",
        "pop3",
    )
    assert result.ticket.cookie == "c"


def test_a_password_is_the_rest_of_the_line() -> None:
    lab = Lab()
    lab.run(b"USER a b\r\nPASS  x y \r\n")
    assert lab.auth.started == [(b"PLAIN", b"\0a b\0 x y ")]


def test_a_wrong_password_forgets_the_name() -> None:
    lines, result = Lab().run(b"USER mrose\r\nPASS wrong\r\nPASS tanstaaf\r\nUSER mrose\r\nPASS tanstaaf\r\n")
    assert lines == [
        b"+OK Send the password.", b"-ERR [AUTH] Authentication failed.", b"-ERR No user name given.",
        b"+OK Send the password.",
    ]  # fmt: skip
    assert result is not None


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("UNAVAILABLE", b"SYS/TEMP"),
        ("CONTACTADMIN", b"SYS/PERM"),
        ("INUSE", b"IN-USE"),
        ("EXPIRED", b"AUTH"),
        ("??", b"SYS/TEMP"),
    ],
)
def test_a_fault_does_not_look_like_a_wrong_password(code: str, said: bytes) -> None:
    lab = Lab()
    lab.auth.verdict = Verdict(FAIL, code=code, text="Not now [x]\r\n")
    lines, _ = lab.run(b"USER mrose\r\nPASS tanstaaf\r\n")
    assert lines[1] == b"-ERR [" + said + b"] Not now ?x???"


def test_in_clear_no_password_is_taken() -> None:
    lab = Lab(near=False, tls=True)
    lines, result = lab.run(b"CAPA\r\nUSER mrose\r\nPASS tanstaaf\r\nAUTH PLAIN\r\n")
    assert capabilities(lines[:-3]) == WORDS + b" STLS SASL=STEPS"
    refused = b"-ERR [AUTH] Plaintext authentication disallowed without TLS."
    assert lines[-3:] == [refused, refused, b"-ERR Unsupported authentication mechanism."]
    assert result is None and not lab.auth.started


def test_in_clear_where_that_is_allowed() -> None:
    lab = Lab(near=False, plaintext=True)
    lines, result = lab.run(b"CAPA\r\nUSER mrose\r\nPASS tanstaaf\r\n")
    assert capabilities(lines[:-1]) == WORDS + b" USER SASL=PLAIN STEPS"
    assert result is not None


def test_where_tls_is_required() -> None:
    lab = Lab(near=False, tls=True, tls_required=True, plaintext=True, apop=True)
    lines, _ = lab.run(b"CAPA\r\nUSER mrose\r\nAUTH STEPS\r\nAUTH\r\nAPOP mrose " + DIGEST.hex().encode() + b"\r\n")
    assert capabilities(lines[: lines.index(b".") + 1]) == WORDS + b" STLS"
    assert all(line.startswith(b"-ERR") for line in lines if b"Plaintext" in line or b"TLS is" in line)
    assert not lab.auth.started


def test_stls() -> None:
    lab = Lab(near=False, tls=True)
    lines, result = lab.run(b"UTF8\r\nSTLS\r\n", b"CAPA\r\nSTLS\r\nPASS tanstaaf\r\nUSER mrose\r\nPASS tanstaaf\r\n")
    at = lines.index(b"<TLS>")
    assert lines[:at] == [b"+OK UTF8 enabled.", b"+OK Begin TLS negotiation now."]
    end = lines.index(b".")
    assert capabilities(lines[at + 1 : end + 1]) == WORDS + b" USER SASL=PLAIN STEPS"
    assert lines[end + 1 :] == [
        b"-ERR TLS is already active.", b"-ERR No user name given.", b"+OK Send the password.",
    ]  # fmt: skip
    assert result is not None and result.tag == b""
    assert lab.about.tls and lab.auth.abouts[-1].binding == ("tls-exporter", b"bound")


@pytest.mark.parametrize("more", [b"USER mrose\r\n", b"\r\n", b"x", b"STLS\r\n"])
def test_what_comes_in_clear_behind_stls_ends_the_connection(more: bytes) -> None:
    lab = Lab(near=False, tls=True)
    lines, result = lab.run(b"STLS\r\n" + more, b"CAPA\r\n")
    assert lines == [b"-ERR Commands may not follow STLS in clear."]
    assert result is None and not lab.io.secured


def test_stls_that_is_not_to_be_had() -> None:
    assert Lab().run(b"STLS\r\nSTLS x\r\n")[0] == [b"-ERR TLS is not available.", b"-ERR STLS has no arguments."]


def test_a_handshake_that_fails_ends_the_session() -> None:
    lab = Lab(near=False, tls=True)
    lab.io = Io([b"STLS\r\n"], lab.clock)
    lab.io.handshake = ConnectionLost()
    with pytest.raises(ConnectionLost):
        Pop3Login(World(lab.settings, lab.auth, lab.clock), lab.io, lab.about).run()


def test_apop() -> None:
    lab = Lab(near=False, apop=True)
    lines, result = lab.run(b"APOP mrose " + DIGEST.hex().upper().encode() + b"\r\nSTAT\r\n")
    assert lab.greeting == b"+OK mail.example ready. " + STAMP
    assert lines == []
    assert result is not None and result.method == "APOP" and result.rest == b"STAT\r\n"


def test_apop_digest_of_rfc_1939() -> None:
    assert DIGEST.hex() == "c4c9334bac560ecc979e58001b3e22fb"


def test_without_apop_there_is_no_stamp() -> None:
    lab = Lab()
    lines, _ = lab.run(b"APOP mrose " + DIGEST.hex().encode() + b"\r\n")
    assert lab.greeting == b"+OK mail.example ready."
    assert lines == [b"-ERR Unknown command."]


def test_bad_apop() -> None:
    lab = Lab(apop=True, bad_commands=10)
    lines, _ = lab.run(
        b"APOP\r\nAPOP mrose\r\nAPOP mrose " + b"0" * 31 + b"\r\nAPOP m\0rose " + b"0" * 32 + b"\r\nAPOP mrose "
        + b"0" * 32 + b"\r\n"
    )  # fmt: skip
    assert lines == [b"-ERR APOP wants a name and a digest."] * 4 + [b"-ERR [AUTH] Authentication failed."]


def test_auth_with_challenges() -> None:
    lab = Lab()
    lines, result = lab.run(b"AUTH STEPS\r\n", b"b25l\r\n", b"dHdv\r\n", b"\r\nSTAT\r\n")
    assert lines == [b"+ ", b"+ " + base64.b64encode(b"and?"), b"+ " + base64.b64encode(b"well done")]
    assert result is not None and (result.method, result.rest) == ("STEPS", b"STAT\r\n")


def test_auth_with_an_initial_response_of_8_kb() -> None:
    lab = Lab()
    word = base64.b64encode(b"\0mrose\0" + b"x" * 6000)
    lines, _ = lab.run(b"AUTH PLAIN " + word + b"\r\n")
    assert lines == [b"-ERR [AUTH] Authentication failed."]
    assert lab.auth.started[0][1] == b"\0mrose\0" + b"x" * 6000


def test_auth_lists_cancels_and_refuses() -> None:
    lab = Lab(bad_commands=20)
    lines, _ = lab.run(
        b"AUTH\r\nAUTH STEPS\r\n*\r\nAUTH STEPS =\r\n*\r\nAUTH steps !\r\nAUTH APOP\r\nAUTH EXTERNAL\r\nAUTH PLAIN a b\r\n"
        b"AUTH STEPS\r\n" + b"A" * 9000 + b"\r\n"
    )
    cancelled = b"-ERR Authentication cancelled, or no base64."
    assert lines[:4] == [b"+OK Mechanisms follow", b"PLAIN", b"STEPS", b"."]
    assert lines[4:] == [
        b"+ ", cancelled, b"+ YW5kPw==", cancelled, cancelled, b"-ERR Unsupported authentication mechanism.",
        b"-ERR Unsupported authentication mechanism.",
        b"-ERR AUTH wants a mechanism and at most one initial response.", b"+ ", cancelled,
    ]  # fmt: skip
    assert sum(exchange.aborted for exchange in lab.auth.exchanges) == 3


def test_utf8_is_told_to_the_session() -> None:
    lines, result = Lab().run(b"UTF8\r\nLANG\r\nLANG en\r\nLANG *\r\nLANG xx\r\nUSER mrose\r\nPASS tanstaaf\r\n")
    assert lines == [
        b"+OK UTF8 enabled.", b"+OK Language listing follows:", b"en English", b".", b"+OK en Language selected.",
        b"+OK en Language selected.", b"-ERR Unknown language.", b"+OK Send the password.",
    ]  # fmt: skip
    assert result is not None and result.tag == b"UTF8"


def test_quit() -> None:
    lab = Lab(hang=True)
    assert lab.run(b"QUIT\r\nSTAT\r\n") == ([b"+OK Logging out."], None)


@pytest.mark.parametrize(
    "command", [b"NOOP", b"STAT", b"RETR 1", b"XCLIENT NAME=x", b"", b" ", b"\0", b"GET / HTTP/1.0"]
)
def test_three_bad_commands_are_the_end(command: bytes) -> None:
    lab = Lab(hang=True)
    lines, result = lab.run((command + b"\r\n") * 5)
    assert lines == [b"-ERR Unknown command.", b"-ERR Unknown command.", b"-ERR Too many invalid commands."]
    assert result is None


def test_failures_are_limited() -> None:
    lab = Lab(hang=True, failures=3)
    lines, _ = lab.run(b"USER a\r\nPASS b\r\n" * 9)
    assert lines.count(b"-ERR [AUTH] Authentication failed.") == 3
    assert len(lines) == 6


def test_long_lines_are_told_once() -> None:
    lab = Lab()
    lines, _ = lab.run(b"USER " + b"x" * 65536 + b"\r\n", b"CAPA " + b"x" * 300 + b"\r\nLANG en\r\n")
    assert lines == [b"-ERR Command line too long.", b"-ERR Command line too long.", b"+OK en Language selected."]


def test_the_answer_is_sent_before_a_password_is_checked() -> None:
    lab = Lab()
    lab.run(b"USER mrose\r\nPASS tanstaaf\r\n")
    assert lab.io.sent[-1] == b"+OK Send the password.\r\n"


def test_silence() -> None:
    lab = Lab(hang=True)
    lines, result = lab.run(b"USER mrose\r\n")
    assert lines == [b"+OK Send the password.", b"-ERR Disconnected: Inactivity."]
    assert result is None
    assert set(lab.io.deadlines) == {1000.0 + lab.settings.timeout}


DIALOG = (
    b"CAPA\r\nUSER nobody\r\nPASS a b\r\nAUTH\r\nAUTH STEPS\r\nb25l\r\n*\r\nUTF8\r\nLANG\r\nfoo\r\n"
    b"USER mrose\nPASS tanstaaf\r\nLIST\r\nQUIT\r\n"
)


def test_split_at_every_byte() -> None:
    whole, wanted = Lab().run(DIALOG)
    assert wanted is not None and wanted.rest == b"LIST\r\nQUIT\r\n"
    for at in range(1, len(DIALOG)):
        lines, result = Lab().run(DIALOG[:at], DIALOG[at:])
        assert lines == whole
        assert result is not None and wanted.rest.startswith(result.rest)
    lines, _ = Lab().run(*[DIALOG[n : n + 1] for n in range(len(DIALOG))])
    assert lines == whole


_PIECES = st.sampled_from([
    b"USER mrose\r\n", b"PASS tanstaaf\r\n", b"PASS x\r\n", b"AUTH STEPS\r\n", b"AUTH PLAIN =\r\n", b"b25l\r\n", b"*\r\n",
    b"STLS\r\n", b"CAPA\r\n", b"UTF8\r\n", b"\r\n", b"QUIT\r\n", b"A" * 300, b"APOP a ", b"AUTH ", b"\0\xff",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES | st.binary(max_size=30), max_size=12), st.booleans())
def test_anything(pieces: list[bytes], near: bool) -> None:
    """Whatever comes: one status line for each command, and no login without the right words."""
    lab = Lab(near=near, tls=True, apop=True)
    lines, result = lab.run(*pieces)
    if result is not None:
        assert lab.auth.started[-1][0] in (b"PLAIN", b"STEPS")
    assert all(line.isascii() for line in lines)


def test_a_long_batch_lets_others_have_their_turn() -> None:
    lab, slept, sent = Lab(), list[float](), list[bytes]()
    io = Io([b"UTF8\r\n" * 250 + b"QUIT\r\n"], lab.clock)
    world = World(
        lab.settings,
        lab.auth,
        lab.clock,
        lambda: STAMP,
        lambda seconds: sent.append(io.output) or slept.append(seconds),
    )  # type: ignore[func-returns-value]
    assert Pop3Login(world, io, lab.about).run() is None
    assert slept == [0, 0]
    assert [text.count(b"+OK UTF8") for text in sent] == [100, 200]
    assert io.output.count(b"+OK UTF8") == 250
