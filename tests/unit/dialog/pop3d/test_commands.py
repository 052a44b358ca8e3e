"""Commands whose cases are no dialogs: faults of the store, sizes, what a client that lists headers costs."""

from __future__ import annotations

import pytest

from pymaster.dialog.pop3d import commands
from pymaster.dialog.pop3d.settings import Settings
from pymaster.store.mailbox.contract import MailboxError
from tests.unit.dialog.pop3d.lab import Lab


def fails(exc: Exception) -> object:
    def call(*arguments: object) -> None:
        raise exc

    return call


def test_headers_alone_come_from_the_digest() -> None:
    lab = Lab()
    lab.add(b"Subject: a\r\n.b: c\r\n\r\nbody\r\n")
    lab.inbox.read = fails(AssertionError("read"))  # type: ignore[method-assign,assignment]
    assert lab.say(b"TOP 1 0") == [b"+OK", b"Subject: a", b"..b: c", b"", b"."]
    assert lab.flags(1) == b""


def test_a_large_message_is_not_parsed_for_its_header() -> None:
    lab = Lab()
    lab.add(b"Subject: a\r\n\r\n" + b"x" * commands.SMALL + b"\r\n")
    lab.inbox.digest = fails(AssertionError("digest"))  # type: ignore[method-assign,assignment]
    assert lab.say(b"TOP 1 0") == [b"+OK", b"Subject: a", b"", b"."]


def test_large_messages_are_read_in_a_thread() -> None:
    lab = Lab()
    lab.add(b"Subject: a\r\n\r\n")
    lab.add(b"Subject: a\r\n\r\n" + b"x" * commands.SMALL + b"\r\n")
    ran: list[object] = []

    def run(function: object, *arguments: object) -> object:
        ran.append(function)
        return function(*arguments)  # type: ignore[operator]

    lab.world.run = run
    out = lab.talk(b"RETR 1\r\nRETR 2\r\n")
    assert out.endswith(b"x\r\n.\r\n")
    assert ran.count(lab.inbox.read) == 1


@pytest.mark.parametrize("exc", [OSError(5, "Input/output error"), MailboxError("SERVERBUG", "index is damaged")])
def test_a_store_that_is_ill(exc: Exception, capfd: pytest.CaptureFixture[str]) -> None:
    lab = Lab(Settings())
    lab.add()
    lab.inbox.read = lab.inbox.uidl = lab.inbox.digest = fails(exc)  # type: ignore[method-assign,assignment]
    later = b"-ERR [SYS/TEMP] The message cannot be read now."
    assert lab.say(b"RETR 1", b"TOP 1 5", b"TOP 1 0", b"UIDL", b"UIDL 1", b"STAT") == [
        later, later, later, b"-ERR [SYS/TEMP] Unique ids cannot be told now.",
        b"-ERR [SYS/TEMP] Unique ids cannot be told now.", b"+OK 1 20",
    ]  # fmt: skip
    assert "UID 1 cannot be read" in capfd.readouterr().err


def test_a_mailbox_that_cannot_be_written_to() -> None:
    lab = Lab()
    lab.add()
    lab.inbox.read_only = True
    assert lab.say(b"RETR 1", b"DELE 1", b"QUIT")[-2:] == [
        b"-ERR [SYS/PERM] The mailbox cannot be written to.", b"+OK Logging out.",
    ]  # fmt: skip
    assert lab.flags(1) == b""


def test_raw_is_raw() -> None:
    lab = Lab(Settings(utf8_fallback="raw"))
    lab.add("Subject: ü\r\n\r\n".encode())
    assert lab.say(b"RETR 1") == [b"+OK 15 octets", "Subject: ü".encode(), b"", b"."]


def test_utf8_from_the_login() -> None:
    lab = Lab()
    lab.add("Subject: ü\r\n\r\n".encode())
    assert lab.say(b"RETR 1", modes=b"UTF8")[1] == "Subject: ü".encode()


def test_workarounds_leave_whole_messages_alone() -> None:
    lab = Lab(Settings(workarounds=frozenset({"oe-ns-eoh"})))
    lab.add(b"a: b\r\n\r\n")
    lab.add(b"a: b")
    lab.add(b"")
    assert lab.say(b"RETR 1", b"RETR 2", b"RETR 3") == [
        b"+OK 8 octets", b"a: b", b"", b".", b"+OK 8 octets", b"a: b", b"", b".", b"+OK 2 octets", b"", b".",
    ]  # fmt: skip
