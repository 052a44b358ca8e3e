"""The session: its end in all ways, deletions that fail, one session at a time, batches, limits, and a model of it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pymaster.dialog.pop3d.session import HELD, PIECE
from pymaster.dialog.pop3d.settings import Settings
from pymaster.store.mailbox.contract import Mailbox, MailboxError
from pymaster.util.errors import ConnectionLost, Woken
from tests.unit.dialog.pop3d.lab import Lab


def log_of(capfd: pytest.CaptureFixture[str]) -> str:
    return capfd.readouterr().err


def test_the_log_line(capfd: pytest.CaptureFixture[str]) -> None:
    lab = Lab()
    lab.add(b"a\r\n.\r\n")
    lab.add(b"bb\r\n")
    lab.talk(b"TOP 1 0\r\nRETR 1\r\nRETR 2\r\nDELE 1\r\nQUIT\r\n")
    assert "pop3(user)<s>: Disconnected: Logged out top=1/7, retr=2/11, del=1/2, size=10" in log_of(capfd)


def test_silence_deletes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    lab = Lab()
    lab.add()
    out = lab.talk(b"RETR 1\r\nDELE 1\r\n", hang=True)
    assert out.endswith(b"+OK Marked to be deleted.\r\n-ERR Disconnected for inactivity.\r\n")
    assert len(lab.inbox.state) == 1
    # Fetched is fetched, and it was not deleted after all.
    assert lab.flags(1) == b"\\Seen"
    assert "Disconnected: Inactivity top=0/0, retr=1/20, del=0/1" in log_of(capfd)


def test_the_timeout_is_the_settings() -> None:
    lab = Lab(Settings(timeout=700.0))
    lab.talk(hang=True)
    assert lab.clock.monotonic() == pytest.approx(1700.001)


def test_a_client_that_is_gone_while_it_is_answered() -> None:
    lab = Lab()
    lab.add()
    session, io = lab.session([b"DELE 1\r\n", b"QUIT\r\n"])
    sends: list[bytes] = []

    def send(data: bytes, deadline: float) -> None:
        sends.append(data)
        if len(sends) == 2:
            raise ConnectionLost

    io.send = send  # type: ignore[method-assign]
    session.run()
    assert len(lab.inbox.state) == 1


def test_a_batch_is_one_send() -> None:
    lab = Lab()
    lab.add()
    lab.talk(b"STAT\r\nLIST\r\nUIDL\r\nRETR 1\r\nNOOP\r\n", b"STAT\r\nQUIT\r\n")
    assert len(lab.io.sent) == 3


def test_much_output_is_sent_in_between() -> None:
    lab = Lab()
    lab.add(b"a\r\n" + b"x" * HELD + b"\r\n")
    lab.talk(b"RETR 1\r\n" * 10)
    assert len(lab.io.sent) > 10
    assert max(map(len, lab.io.sent)) < HELD * 2


def test_a_large_message_goes_out_in_pieces_each_with_its_own_deadline() -> None:
    lab = Lab()
    lab.add(b"a\r\n" + b"x" * PIECE * 3 + b"\r\n")
    deadlines: list[float] = []
    session, io = lab.session([b"RETR 1\r\n"])
    send = io.send

    def slow(data: bytes, deadline: float) -> None:
        send(data, deadline)
        deadlines.append(deadline)
        lab.clock.advance(200.0)

    io.send = slow  # type: ignore[method-assign,assignment]
    session.run()
    assert io.output.endswith(b"x\r\n.\r\n")
    assert len(io.output) > PIECE * 3
    assert max(map(len, io.sent)) == PIECE
    assert len(set(deadlines)) == len(deadlines) == 7


def test_a_hundred_thousand_commands() -> None:
    lab = Lab()
    lab.add()
    out = lab.talk(b"NOOP\r\n" * 100_000)
    assert out == b"+OK\r\n" * 100_000
    assert max(map(len, lab.io.sent)) < HELD * 2


def test_others_go_on_in_a_long_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab()
    slept: list[float] = []
    lab.world.sleep = slept.append
    monkeypatch.setattr("pymaster.dialog.pop3d.session.TURN", -1.0)
    lab.talk(b"NOOP\r\nNOOP\r\n")
    assert slept == [0, 0]


def test_news_are_no_input() -> None:
    lab = Lab()
    lab.add()

    def wake() -> None:
        raise Woken

    assert lab.talk(b"STAT\r\n", wake, b"STAT\r\n") == b"+OK 1 20\r\n" * 2


def test_deletions_are_one_call_under_the_lock() -> None:
    lab = Lab()
    for _ in range(5):
        lab.add()
    calls: list[Any] = []
    remove = lab.inbox.remove
    held: list[str] = []

    class Held:
        def __enter__(self) -> None:
            held.append("in")

        def __exit__(self, *reason: object) -> None:
            held.pop()

    def spy(uids: Any) -> Any:
        calls.append((list(uids), list(held)))
        return remove(uids)

    lab.inbox.remove = spy  # type: ignore[method-assign]
    lab.world.lock = lambda mailbox: Held()  # type: ignore[assignment,return-value]
    lab.talk(b"DELE 5\r\nDELE 1\r\nDELE 3\r\nQUIT\r\n")
    assert calls == [([1, 3, 5], ["in"])]
    assert list(lab.inbox.state.uids) == [2, 4]
    assert lab.told == ["INBOX"]


@pytest.mark.parametrize("exc", [OSError(28, "No space left on device"), MailboxError("UNAVAILABLE", "locked")])
def test_deletions_that_fail_in_the_middle(exc: Exception, capfd: pytest.CaptureFixture[str]) -> None:
    lab = Lab()
    for _ in range(3):
        lab.add()
    remove = lab.inbox.remove

    def half(uids: Any) -> Any:
        remove(uids[:1])
        raise exc

    lab.inbox.remove = half  # type: ignore[method-assign]
    assert lab.say(b"DELE 1", b"DELE 2", b"QUIT")[-1] == b"-ERR [SYS/TEMP] some deleted messages not removed"
    assert list(lab.inbox.state.uids) == [2, 3]
    text = log_of(capfd)
    assert "messages cannot be removed" in text
    assert "del=1/3" in text


def test_flags_that_cannot_be_set_do_not_keep_a_client_from_deleting(capfd: pytest.CaptureFixture[str]) -> None:
    lab = Lab()
    lab.add()
    lab.add()

    def store(*arguments: object) -> None:
        raise MailboxError("LIMIT", "no more")

    lab.inbox.store = store  # type: ignore[method-assign,assignment]
    assert lab.say(b"RETR 1", b"DELE 2", b"QUIT")[-1] == b"+OK Logging out, messages deleted."
    assert list(lab.inbox.state.uids) == [1]
    assert "cannot be marked as read" in log_of(capfd)


def test_no_flag_updates() -> None:
    lab = Lab(Settings(no_flag_updates=True))
    lab.add()
    lab.say(b"RETR 1", b"QUIT")
    assert lab.flags(1) == b""
    assert lab.told == []


def test_one_session_at_a_time(capfd: pytest.CaptureFixture[str]) -> None:
    lab = Lab(Settings(lock_session=True))
    lab.add()
    seen: list[bytes] = []

    def second() -> None:
        session, io = lab.session([b"STAT\r\n"])
        session.run()
        seen.append(io.output)

    assert lab.talk(b"STAT\r\n", second, b"QUIT\r\n") == b"+OK 1 20\r\n+OK Logging out.\r\n"
    assert seen == [b"-ERR [IN-USE] Another POP3 session of this user is open.\r\n"]
    assert lab.reserved == 0
    assert lab.talk(b"STAT\r\n") == b"+OK 1 20\r\n"
    assert "Disconnected: Mailbox is in use" in log_of(capfd)


def test_without_the_setting_several_sessions_go() -> None:
    lab = Lab()
    lab.add()
    seen: list[bytes] = []
    lab.talk(b"STAT\r\n", lambda: seen.append(Lab.talk(lab, b"STAT\r\n")), b"QUIT\r\n")
    assert seen == [b"+OK 1 20\r\n"]


@pytest.mark.parametrize(
    ("exc", "said"),
    [
        (MailboxError("INUSE", "locked by another"), b"-ERR [IN-USE] Mailbox is in use.\r\n"),
        (MailboxError("NONEXISTENT", "gone"), b"-ERR [SYS/TEMP] Mailbox cannot be opened now.\r\n"),
        (OSError(13, "Permission denied"), b"-ERR [SYS/TEMP] Mailbox cannot be opened now.\r\n"),
    ],
)
def test_a_mailbox_that_cannot_be_opened(exc: Exception, said: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    lab = Lab(Settings(lock_session=True))

    def refresh() -> None:
        raise exc

    lab.inbox.refresh = refresh  # type: ignore[method-assign,assignment]
    session, io = lab.session([b"STAT\r\n"])
    session.run()
    assert io.output == said
    assert lab.reserved == 0
    assert "INBOX cannot be opened" in log_of(capfd)


def test_what_came_behind_the_login() -> None:
    lab = Lab()
    session, io = lab.session([b"T\r\n"])
    session.core.receive(b"STAT\r\nSTA")
    session.run()
    assert io.output == b"+OK Logged in.\r\n" + b"+OK 0 0\r\n" * 2


def test_an_account_whose_inbox_is_left_is_closed() -> None:
    lab = Lab()
    closed: list[int] = []
    lab.inbox.close = lambda: closed.append(1)  # type: ignore[method-assign,assignment]
    lab.talk(b"QUIT\r\n")
    assert closed == [1]


def test_commands_behind_quit_are_not_done() -> None:
    lab = Lab()
    assert lab.talk(b"QUIT\r\nSTAT\r\n") == b"+OK Logging out.\r\n"


_PIECES = st.sampled_from([
    b"STAT\r\n", b"LIST\r\n", b"LIST 1\r\n", b"RETR 1\r\n", b"RETR 2\r\n", b"RETR 99999999999\r\n", b"TOP 1 -1\r\n",
    b"TOP 1 0\r\n", b"TOP 2 99999999\r\n", b"DELE 0\r\n", b"DELE 1\r\n", b"RSET\r\n", b"UIDL\r\n", b"UTF8\r\n", b"LANG\r\n",
    b"CAPA\r\n", b"USER " + b"x" * 65536 + b"\r\n", b".\r\n", b"\r\n", b"\0\xff\r\n", b"RETR ", b"AUTH PLAIN\r\n",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES | st.binary(max_size=20), max_size=15))
def test_anything(pieces: list[bytes]) -> None:
    """Whatever comes and however it is cut: the same answers, and without QUIT the mail stays."""
    whole, parts = Lab(), Lab()
    for lab in (whole, parts):
        lab.add(b"Subject: a\r\n\r\n.\r\n")
        lab.add(b"b\r\n")
    data = b"".join(pieces).replace(b"\nQUIT", b"\nQUI")
    assert whole.talk(data) == parts.talk(*_cut(data))
    if not re.search(rb"(?i)(?:\A|\n)quit *\r?\n", data):
        assert len(whole.inbox.state) == 2


def _cut(data: bytes) -> list[bytes]:
    return [data[at : at + 7] for at in range(0, len(data), 7)]


class Model(RuleBasedStateMachine):
    """A session against the plain rules of RFC 1939, with another client at work."""

    @initialize(bodies=st.lists(st.sampled_from([b"a\r\n", b".\r\n..\r\n", b"S: x\r\n\r\nb", b""]), max_size=5))
    def begin(self, bodies: list[bytes]) -> None:
        self.lab = Lab()
        for body in bodies:
            self.lab.add(body)
        self.bodies = bodies
        self.marked: set[int] = set()
        self.fetched: set[int] = set()
        self.gone: set[int] = set()
        self.script: list[Any] = []
        self.wanted: list[bytes] = []
        self.quit = False

    def expect(self, command: bytes, answer: bytes) -> None:
        if not self.quit:
            self.script.append(command + b"\r\n")
            self.wanted.append(answer)

    def live(self, number: int) -> bool:
        return 1 <= number <= len(self.bodies) and number not in self.marked

    def refusal(self, number: int) -> bytes:
        return b"-ERR Message is deleted.\r\n" if number in self.marked else b"-ERR There is no such message.\r\n"

    @rule()
    def stat(self) -> None:
        live = [len(body) for number, body in enumerate(self.bodies, 1) if self.live(number)]
        self.expect(b"STAT", b"+OK %d %d\r\n" % (len(live), sum(live)))

    @rule()
    def list_all(self) -> None:
        live = [(number, len(body)) for number, body in enumerate(self.bodies, 1) if self.live(number)]
        lines = b"".join(b"%d %d\r\n" % pair for pair in live)
        head = b"+OK %d messages (%d octets):\r\n" % (len(live), sum(size for _, size in live))
        self.expect(b"LIST", head + lines + b".\r\n")

    @rule()
    def uidl(self) -> None:
        live = [number for number in range(1, len(self.bodies) + 1) if self.live(number)]
        self.expect(b"UIDL", b"+OK\r\n" + b"".join(b"%d %08x000f4241\r\n" % (n, n) for n in live) + b".\r\n")

    @rule(number=st.integers(0, 6))
    def retr(self, number: int) -> None:
        if not self.live(number):
            self.expect(b"RETR %d" % number, self.refusal(number))
        elif number in self.gone:
            self.expect(b"RETR %d" % number, b"-ERR The message is no longer there.\r\n")
        else:
            body = self.bodies[number - 1]
            lines = body.removesuffix(b"\r\n").split(b"\r\n") if body else []
            text = b"".join((b"." if line[:1] == b"." else b"") + line + b"\r\n" for line in lines)
            self.expect(b"RETR %d" % number, b"+OK %d octets\r\n" % len(body) + text + b".\r\n")
            if not self.quit:
                self.fetched.add(number)

    @rule(number=st.integers(0, 6))
    def dele(self, number: int) -> None:
        if not self.live(number):
            self.expect(b"DELE %d" % number, self.refusal(number))
        else:
            self.expect(b"DELE %d" % number, b"+OK Marked to be deleted.\r\n")
            if not self.quit:
                self.marked.add(number)

    @rule()
    def rset(self) -> None:
        self.expect(b"RSET", b"+OK\r\n")
        if not self.quit:
            self.marked.clear()

    @precondition(lambda self: len(self.script) > 4)
    @rule()
    def end(self) -> None:
        self.expect(b"QUIT", b"+OK Logging out, messages deleted.\r\n" if self.marked else b"+OK Logging out.\r\n")
        self.quit = True

    @rule(number=st.integers(1, 5))
    def another_client_removes(self, number: int) -> None:
        if number <= len(self.bodies) and not self.quit:
            self.script.append(lambda: self.lab.inbox.remove([number]))
            self.gone.add(number)

    @invariant()
    def nothing_is_broken(self) -> None:
        assert self.marked <= set(range(1, len(self.bodies) + 1))

    def teardown(self) -> None:
        if not hasattr(self, "lab"):
            return
        assert self.lab.talk(*self.script) == b"".join(self.wanted)
        left = set(range(1, len(self.bodies) + 1)) - self.gone - (self.marked if self.quit else set())
        assert set(self.lab.inbox.state.uids) == left
        for uid in left:
            assert self.lab.flags(uid) == (b"\\Seen" if uid in self.fetched else b"")


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)


def test_a_large_message_is_read_by_one_session_at_a_time() -> None:
    """Many sessions of a user that ask for it at once would each hold it."""
    lab, held = Lab(), list[str]()

    @contextlib.contextmanager
    def lock(mailbox: Mailbox) -> Iterator[None]:
        held.append("taken")
        yield
        held.append("given back")

    lab.add(b"Subject: x\r\n\r\n" + b"y" * (2 << 20) + b"\r\n")
    lab.add()
    lab.world.lock = lock
    session, _ = lab.session([])
    session.open()
    held.clear()
    session.fetch(2)
    assert held == []
    session.fetch(1)
    assert held == ["taken", "given back"]
