"""IDLE (RFC 2177)."""

from pymaster.dialog.imapd.settings import Settings
from tests.unit.dialog.imapd.lab import Lab

START = b"s SELECT INBOX\r\n"


def after(out: bytes) -> bytes:
    return out.partition(b"+ idling\r\n")[2]


def test_news_at_once_then_done() -> None:
    lab = Lab()
    lab.add(flags=(b"\\Deleted",))
    session, io = lab.session([
        START, b"i IDLE\r\n", lambda: lab.other(b"STORE 1 +FLAGS (\\Seen)"), lambda: lab.other(b"EXPUNGE"), lab.add, lambda: io.wake(),  # type: ignore[list-item]
        b"DONE\r\n",
    ])  # fmt: skip
    session.run(b"login")
    assert next(part for part in io.sent if b"+ idling" in part).endswith(b"+ idling\r\n")
    assert after(io.output) == (
        b"* 1 FETCH (FLAGS (\\Deleted \\Seen \\Recent))\r\n* 1 EXPUNGE\r\n* 1 EXISTS\r\n* 1 RECENT\r\ni OK Idle completed.\r\n"
    )
    assert lab.followers == []


def test_what_happened_before_is_told_first() -> None:
    lab = Lab()
    out = lab.talk([START, lab.add, b"i IDLE\r\n", b"done\r\n"])  # type: ignore[list-item]
    assert after(out) == b"* 1 EXISTS\r\n* 1 RECENT\r\ni OK Idle completed.\r\n"


def test_done_and_the_next_command_in_one_packet() -> None:
    out = Lab().talk([START + b"i IDLE\r\nDONE\r\nn NOOP\r\n"])
    assert after(out) == b"i OK Idle completed.\r\nn OK NOOP completed.\r\n"


def test_without_a_mailbox() -> None:
    assert Lab().talk([b"i IDLE\r\n", b"DONE\r\n"]) == b"+ idling\r\ni OK Idle completed.\r\n"


def test_something_else_than_done() -> None:
    assert (
        Lab().talk([b"i IDLE\r\n", b"n NOOP\r\n", b"m NOOP\r\n"])
        == b"+ idling\r\ni BAD Expected DONE.\r\nm OK NOOP completed.\r\n"
    )
    assert after(Lab().talk([b"i IDLE\r\n", b"x" * (1 << 21)])).startswith(b"i BAD")


def test_signs_of_life_until_the_timeout() -> None:
    lab = Lab(Settings(keepalive=40, idle_timeout=100))
    out = lab.talk([b"i IDLE\r\n"], hang=True)
    assert after(out) == b"* OK Still here\r\n" * 2 + b"* BYE Disconnected for inactivity.\r\n"
    lab = Lab(Settings(keepalive=0, idle_timeout=100))
    assert after(lab.talk([b"i IDLE\r\n"], hang=True)) == b"* BYE Disconnected for inactivity.\r\n"


def test_connection_lost() -> None:
    lab = Lab()
    lab.talk([START, b"i IDLE\r\n"])
    assert lab.followers == []


def test_arguments() -> None:
    assert Lab().say(b"IDLE x", select="") == [b"a BAD Junk after the arguments"]
