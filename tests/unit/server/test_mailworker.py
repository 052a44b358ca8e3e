"""Mail workers: an account's calls take turns, followers are told, a user has one POP3 session at most if so wanted."""

import os
import socket
from pathlib import Path
from typing import Any

import gevent
import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.model.mailsession import MailSession
from pymaster.runtime.mailstream import MailStream
from pymaster.server import mailworker
from pymaster.server.mailworker import MailWorker, Shared, refuse
from pymaster.store.mailbox.memory import MemoryAccount
from pymaster.util.clock import SYSTEM, ManualClock
from tests.sharing import place_of


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


def test_shares_that_cannot_be_had_hold_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(mailworker.log, "warning", lines.append)
    assert mailworker.open_shares("") is None and not lines
    (tmp_path / "file").write_text("")
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / str(os.geteuid())).mkdir(0o777)
    (tmp_path / "open" / str(os.geteuid())).chmod(0o777)
    for directory in ("relative", str(tmp_path / "none"), str(tmp_path / "file"), str(tmp_path / "open")):
        assert mailworker.open_shares(directory) is None
    assert len(lines) == 4 and all("nothing is shared" in line for line in lines)
    shares = mailworker.open_shares(str(tmp_path))
    assert shares is not None
    shares.close()


def test_an_account_with_what_others_share(tmp_path: Path) -> None:
    worker = object.__new__(mailworker.MailWorker)
    worker.clock, worker.locks, worker.shares = SYSTEM, (), None
    worker.snapshot = Snapshot.from_text("", {}, "/nonexistent", "mailbox", "mailbox")
    ann, bob = worker.opened(place_of(tmp_path, "ann")), place_of(tmp_path, "bob")
    assert ann.shared == "" and Shared(ann).account.shared == ""
    worker.shares = mailworker.open_shares(str(tmp_path))
    sharing = worker.opened(place_of(tmp_path, "ann"))
    sharing.set_acl("INBOX", "bob", "lr")
    theirs = Shared(worker.opened(bob))
    assert theirs.account.shared == "shared." and theirs.account.entries()[-1].name == "shared.ann.INBOX"
    mailbox = theirs.run(theirs.account.open, "shared.ann.INBOX")
    with theirs.locked(mailbox):
        assert len(mailbox.refresh()) == 0
    for each in (ann, sharing, theirs.inner):
        each.close()


def test_accounts_that_nobody_uses_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []

    class Closing(MemoryAccount):
        """Tells when it is closed."""

        def close(self) -> None:
            closed.append(self.user)

    worker = MailWorker()
    worker.snapshot = Snapshot.from_text("mailbox_max_idle = 100s\n", {}, "/nonexistent", "mailbox", "mailbox")
    worker.clock = clock = ManualClock()
    worker.accounts = {name: Shared(Closing(name)) for name in "abc"}
    for name, sessions, left in (("a", 0, 0), ("b", 1, 0), ("c", 0, 60)):
        worker.accounts[name].sessions, worker.accounts[name].left = sessions, clock.monotonic() - 100 + left
    worker.sweep()
    assert closed == ["a"] and sorted(worker.accounts) == ["b", "c"]
    monkeypatch.setattr(mailworker, "KEPT", 0)
    worker.sweep()
    assert closed == ["a", "c"] and sorted(worker.accounts) == ["b"]
    assert worker.every() == {mailworker.SWEEP: worker.sweep}
