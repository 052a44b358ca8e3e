"""The session's loop: batches, limits, news, refused commands that are still being sent, how it ends."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.dialog.imapd import session as session_module
from pymaster.dialog.imapd.session import Session, quoted
from pymaster.dialog.imapd.settings import Settings
from pymaster.util import log
from pymaster.util.errors import ConnectionLost
from tests.unit.dialog.imapd.lab import FakeIo, Lab


def test_one_send_for_a_batch() -> None:
    lab = Lab()
    session, io = lab.session([b"a NOOP\r\nb NOOP\r\nc NOOP\r\n"])
    session.run(b"login")
    assert io.sent[1:] == [b"a OK NOOP completed.\r\nb OK NOOP completed.\r\nc OK NOOP completed.\r\n"]


def test_what_came_behind_login_is_a_command() -> None:
    lab = Lab()
    io = FakeIo([], lab.clock)
    Session(lab.world, io, lab.session([])[0].client, b"a NOOP\r\n").run(b"l")
    assert io.output.endswith(b"Logged in\r\na OK NOOP completed.\r\n")


def test_unknown_commands_and_wrong_state() -> None:
    assert Lab().say(b"FOO", b"FETCH 1 FLAGS", b"UID FOO 1", b"LOGIN a b", select="") == [
        b"a BAD Unknown command.",
        b"a BAD No mailbox selected.",
        b"a BAD Unknown command.",
        b"a BAD Unknown command.",
    ]


def test_too_many_bad_commands() -> None:
    out = Lab(Settings(bad_commands=3)).talk([b"a X\r\nb NOOP\r\nc X\r\n\r\nd X\r\ne NOOP\r\n"])
    assert out.endswith(b"d BAD Unknown command.\r\n* BYE Too many invalid IMAP commands.\r\n")


def test_idle_too_long() -> None:
    lab = Lab(Settings(idle_timeout=100))
    out = lab.talk([b"a NOOP\r\n"], hang=True)
    assert out == b"a OK NOOP completed.\r\n* BYE Disconnected for inactivity.\r\n"


def test_wakes_do_not_put_off_the_idle_timeout() -> None:
    lab = Lab(Settings(idle_timeout=100))
    session, io = lab.session(
        [lambda: lab.clock.advance(60), lambda: io.wake(), lambda: lab.clock.advance(30), lambda: io.wake()], hang=True
    )
    begin = lab.clock.monotonic()
    session.run(b"login")
    assert 100 <= lab.clock.monotonic() - begin < 101


def test_a_stale_wake_says_nothing() -> None:
    lab = Lab()
    lab.add(flags=(b"\\Deleted",))
    session, io = lab.session([b"s SELECT INBOX\r\n", lambda: lab.other(b"EXPUNGE"), lambda: io.wake(), b"n NOOP\r\n"])
    session.run(b"login")
    # Between commands an EXPUNGE must not be told: it is in one send with the answer of NOOP.
    assert io.sent[-1] == b"* 1 EXPUNGE\r\nn OK NOOP completed.\r\n"


def test_connection_lost_is_logged_with_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(log, "info", lambda text, number=0: lines.append(text))
    session, io = Lab().session([b"a NOOP\r\n"])
    session.run(b"login")
    assert lines == [f"imap(user)<s>: Disconnected: Connection closed in=8 out={len(io.output)}"]


def test_fatal_literal() -> None:
    out = Lab().talk([b"a SEARCH {9999999999+}\r\n", b"b NOOP\r\n"])
    assert out == b"* BYE Literal too large\r\n"


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_refused_commands_stay_in_step(step: int) -> None:
    data = b"a APPEND nowhere {5+}\r\nhello\r\nb APPEND {5+}\r\nINBOX ({3+}\r\nx y) {4+}\r\nabcd\r\nc APPEND \xff {3+}\r\nabc {2+}\r\nde f\r\nd NOOP\r\n"
    out = Lab().talk([data[n : n + step] for n in range(0, len(data), step)])
    lines = out.split(b"\r\n")[:-1]
    assert lines[0].startswith(b"a NO [TRYCREATE]")
    assert lines[-1] == b"d OK NOOP completed."
    assert [line[:2] for line in lines] == [b"a ", b"b ", b"c ", b"d "]


def test_a_refused_command_whose_end_is_too_long() -> None:
    data = b"a APPEND nowhere {5+}\r\nhello" + b"x" * 1_100_000 + b"\r\nb NOOP\r\n"
    out = Lab().talk([data[n : n + 65536] for n in range(0, len(data), 65536)])
    assert out.startswith(b"a NO [TRYCREATE]")
    assert out.endswith(b"b OK NOOP completed.\r\n")


def test_continuation_comes_before_the_answer() -> None:
    out = Lab().talk([b"a STATUS {5}\r\nINBOX (MESSAGES)\r\n"])
    assert out == b'+ OK\r\n* STATUS "INBOX" (MESSAGES 0)\r\na OK Status completed.\r\n'


def test_output_is_sent_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "HELD", 100)
    lab = Lab()
    session, io = lab.session([b"a CAPABILITY\r\nb NOOP\r\n"])
    session.run(b"login")
    assert len(io.sent) == 3
    assert session.sent == len(io.output)


def test_farewell_to_nobody() -> None:
    lab = Lab()
    session, io = lab.session([])

    def lost(data: bytes, deadline: float) -> None:
        raise ConnectionLost

    io.send = lost  # type: ignore[method-assign]
    session.farewell(b"* BYE x\r\n")


def test_breathe_tells_of_progress_now_and_then() -> None:
    lab = Lab()
    session, io = lab.session([])
    session.tag = b"t"
    session.breathe(1, 10)
    assert lab.slept == [0]
    assert b"INPROGRESS" in io.output
    session.turn_at = 0
    session.breathe(2, 10)
    assert io.output.count(b"INPROGRESS") == 1
    lab.clock.advance(6)
    session.turn_at = 0
    session.breathe(5, 10)
    session.turn_at = 0
    lab.clock.advance(6)
    session.breathe()
    assert io.output.split(b"\r\n")[1:3] == [
        b'* OK [INPROGRESS ("t" 5 10)] Still here',
        b'* OK [INPROGRESS ("t" NIL NIL)] Still here',
    ]
    assert len(lab.slept) == 4


def test_perform_tells_others_even_if_it_fails() -> None:
    lab = Lab()
    lab.add()
    session, _ = lab.session([])
    news: list[int] = []
    mailbox = lab.box()
    lab.world.follow(mailbox, lambda: news.append(1))
    session.perform(mailbox, mailbox.store, [1], "+", [b"\\Seen"])
    session.perform(mailbox, mailbox.store, [1], "+", [b"\\Seen"], heavy=False)
    assert news == [1]

    def halfway() -> None:
        mailbox.store([1], "+", [b"\\Deleted"])
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        session.perform(mailbox, halfway)
    assert news == [1, 1]


def test_closers_run_at_the_end() -> None:
    lab = Lab()
    session, _ = lab.session([])
    done: list[int] = []
    session.closers.append(lambda: done.append(1))
    session.run(b"login")
    assert done == [1]
    assert session.selected is None


def test_tellers_speak_after_commands_and_when_woken() -> None:
    lab = Lab()
    session, io = lab.session([b"a NOOP\r\n", lambda: io.wake(), b"b ID NIL\r\n"])
    session.tellers.append(lambda: session.write(b"* news\r\n"))
    session.run(b"login")
    assert io.output.partition(b"Logged in\r\n")[2].startswith(b"* news\r\na OK NOOP completed.\r\n* news\r\n* ID ")


def test_quoted() -> None:
    assert quoted(b'a"\\') == b'"a\\"\\\\"'


COMMANDS = st.sampled_from(
    [
        b"SELECT INBOX", b"EXAMINE a", b"CLOSE", b"NOOP", b"IDLE\r\nDONE", b"FETCH 1:* FLAGS", b"UID FETCH * (UID)", b"STORE 1 +FLAGS (x)", b"EXPUNGE",
        b"LIST \"\" *", b"CREATE b", b"DELETE a", b"RENAME INBOX c", b"STATUS a (MESSAGES)", b"APPEND INBOX {3+}\r\nx\r\n", b"ENABLE QRESYNC",
        b"COPY 1 a", b"MOVE 1 INBOX", b"SEARCH ALL", b"SETACL a b l", b"NOTIFY SET (selected (MessageNew MessageExpunge))", b"NOTIFY NONE", b"(",
        b"X {9+}\r\n123456789",
    ]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(COMMANDS, max_size=12), st.integers(1, 40))
def test_any_sequence_of_commands_is_answered(commands: list[bytes], step: int) -> None:
    lab = Lab()
    lab.account.create("a")
    lab.add()
    lab.add(box="a", flags=(b"\\Deleted",))
    data = b"".join([b"t%d %s\r\n" % pair for pair in enumerate(commands)]) + b"end LOGOUT\r\n"
    out = lab.talk([data[n : n + step] for n in range(0, len(data), step)])
    answers = [line for line in out.split(b"\r\n") if line[:1] == b"t"]
    if b"* BYE Selected" not in out:
        assert len(answers) == len(commands)
        assert out.endswith(b"end OK Logout completed.\r\n")


def test_a_long_batch_lets_others_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between its commands, not only within a long one."""
    monkeypatch.setattr(session_module, "TURN", -1)
    lab = Lab()
    assert lab.talk([b"a NOOP\r\n" * 7]).count(b"a OK") == 7
    assert len(lab.slept) >= 7


def test_a_large_message_is_not_copied() -> None:
    lab = Lab()
    session, io = lab.session([])
    sent: list[object] = []
    io.send = lambda data, deadline: sent.append(data.obj if isinstance(data, memoryview) else data)  # type: ignore[method-assign]
    large = b"x" * (session_module.PIECE + 1)
    session.write(b"before")
    session.write(large)
    session.write(b"behind")
    session.flush()
    assert sent[0] == b"before" and sent[1] is large and sent[2] is large and sent[3] == b"behind"
    assert session.sent == len(large) + 12
