"""Whose rights work on a mailbox has, and how faults of it are told."""

from __future__ import annotations

import errno
import os

import pytest

from pymaster.commands.mailowner import Quiet, as_owner, guarded
from pymaster.store.mailbox.contract import Account, MailboxError
from pymaster.util import log
from pymaster.util.errors import Fatal
from tests.unit.commands.mailowned import Owned, maildir, place

__all__ = ["maildir"]


def where(owned: Owned) -> object:
    path = str(owned.home / "Maildir")
    made = place(owned.uid)
    made.gid, made.inbox, made.folders, made.home = owned.gid, path, path, str(owned.home)
    return made


def test_work_is_done_as_the_owner(maildir: Owned, capfd: pytest.CaptureFixture[str]) -> None:
    def work(account: Account) -> int:
        print(os.getresuid(), os.getresgid(), account.user)
        return 7

    assert as_owner(where(maildir), "mail", work) == 7  # type: ignore[arg-type]
    uid, gid = maildir.uid, maildir.gid
    assert capfd.readouterr().out == f"({uid}, {uid}, {uid}) ({gid}, {gid}, {gid}) bob\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.root
def test_a_child_that_breaks_is_a_failure(maildir: Owned, capfd: pytest.CaptureFixture[str]) -> None:
    def work(account: Account) -> int:
        raise AssertionError("a bug")

    assert as_owner(where(maildir), "", work) == 1  # type: ignore[arg-type]
    assert "a bug" in capfd.readouterr().err
    assert os.geteuid() == 0


def test_somebody_elses_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 12345)
    with pytest.raises(Fatal, match="belongs to uid 1"):
        as_owner(place(1), "", lambda account: 0)


@pytest.mark.parametrize(
    ("exc", "said"),
    [
        (MailboxError("CANNOT", "No such thing"), "bob: No such thing"),
        (OSError(errno.EACCES, "Permission denied", "/x"), "bob: /x: Permission denied"),
        (Fatal("bad words"), "fatal: bad words"),
    ],
)
def test_faults_are_told(
    exc: Exception, said: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(where: object) -> None:
        raise exc

    monkeypatch.setattr("pymaster.commands.mailowner.open_account", opened)
    assert guarded(place(os.geteuid()), lambda account: 0) == 1
    assert said in capfd.readouterr().err


def test_only_warnings_are_passed_on() -> None:
    inner = log.MemorySink()
    quiet = Quiet(inner)
    quiet.write([(1, "imap(bob): Disconnected", ""), (1, "warning: careful", "")])
    quiet.write([(1, "index built anew", "")])
    assert inner.text == "warning: careful\n"
