"""Mail workers: an account's calls take turns, followers are told, a user has one POP3 session at most if so wanted."""

import socket
from typing import Any

import gevent
import pytest

from pymaster.model.mailsession import MailSession
from pymaster.runtime.mailstream import MailStream
from pymaster.server import mailworker
from pymaster.server.mailworker import Shared, refuse
from pymaster.store.mailbox.memory import MemoryAccount


def session(service: str) -> MailSession:
    return MailSession(service, 1, 2, "c", "u", "PLAIN", "192.0.2.1", 4, "192.0.2.2", 143, True, "id", 7, b"a1", b"")


class Slow(MemoryAccount):
    """Tells when two calls are in it at once."""

    inside = 0

    def usage(self) -> Any:
        Slow.inside += 1
        assert Slow.inside == 1
        gevent.sleep(0.01)
        Slow.inside -= 1
        return super().usage()


def test_calls_of_an_account_take_turns_also_those_in_threads() -> None:
    shared = Shared(Slow())
    with pytest.raises(AttributeError):
        shared.account.nosuch  # type: ignore[attr-defined]  # noqa: B018
    jobs = [gevent.spawn(shared.account.usage) for _ in range(3)]
    jobs += [gevent.spawn(shared.run, shared.account.counts, "INBOX") for _ in range(3)]
    for job in jobs:
        job.get(timeout=5)
    assert shared.run(divmod, 7, 2) == (3, 1)


def test_the_lock_can_be_taken_again_by_whoever_has_it() -> None:
    shared = Shared(MemoryAccount())
    with shared.locked(shared.account.open("INBOX")):
        assert shared.account.counts("INBOX").messages == 0
        assert shared.run(shared.account.counts, "INBOX").messages == 0


def test_followers_are_told_until_they_leave() -> None:
    shared, calls = Shared(MemoryAccount()), []
    inbox = shared.account.open("INBOX")
    end = shared.follow(inbox, lambda: calls.append(1))
    shared.changed(inbox)
    end()
    shared.changed(inbox)
    assert calls == [1] and not shared.followers


def test_one_pop3_session() -> None:
    shared = Shared(MemoryAccount())
    release = shared.reserve()
    assert release is not None and shared.reserve() is None
    release()
    assert shared.reserve() is not None


@pytest.mark.parametrize(
    ("service", "code", "expected"),
    [
        ("imap", "LIMIT", b"a1 NO [LIMIT] Too many.\r\n* BYE Too many.\r\n"),
        ("pop3", "LIMIT", b"-ERR [IN-USE] Too many.\r\n"),
        ("pop3", "UNAVAILABLE", b"-ERR [SYS/TEMP] Too many.\r\n"),
    ],
)
def test_who_cannot_be_served_is_told(service: str, code: str, expected: bytes) -> None:
    ours, theirs = socket.socketpair()
    refuse(MailStream(ours), session(service), code, "Too many.")
    assert theirs.recv(200) == expected


def test_kick_says_bye_and_hangs_up() -> None:
    for service, expected in (("imap", b"* BYE Enough.\r\n"), ("pop3", b"")):
        ours, theirs = socket.socketpair()
        mailworker.kick(MailStream(ours), session(service), "Enough.")
        gevent.sleep(0.01)
        theirs.settimeout(5)
        assert theirs.recv(100) == expected
