"""The way to a user's rights: which group is kept for lock files, who may ask for whom, whose child master is."""

import os

import pytest

from pymaster.config.params.mailbox import MailboxParams
from pymaster.config.snapshot import Snapshot
from pymaster.model.mailplace import MBOX, MailPlace
from pymaster.server import mailfork


def place(**changes: object) -> MailPlace:
    values: dict[str, object] = {
        "user": "u", "uid": 1000, "gid": 1000, "home": "/", "format": MBOX, "inbox": "/var/mail/u", "folders": "/home/u/mail",
    }  # fmt: skip
    return MailPlace(**{**values, **changes})  # type: ignore[arg-type]


def params() -> MailboxParams:
    return Snapshot.from_text("", {}, "/nonexistent", "mailbox", "mailbox")[MailboxParams]


def test_master_is_found() -> None:
    assert mailfork.master_pid() == os.getppid()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.parametrize(("kind", "saved"), [("maildir", 12345), (MBOX, 8)])
def test_rights_are_dropped_for_good(kind: str, saved: int) -> None:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            mailfork.drop(place(uid=12345, gid=12345, format=kind), params())
            facts = f"{os.getresuid()} {os.getresgid()} {os.getgroups()}"
            try:
                os.setuid(0)
                facts += " back"
            except PermissionError:
                facts += " gone"
            os.write(writer, facts.encode())
        finally:
            os._exit(0)
    os.close(writer)
    text = os.read(reader, 1000).decode()
    os.waitpid(pid, 0)
    os.close(reader)
    assert text == f"(12345, 12345, 12345) (12345, 12345, {saved}) [] gone"


def test_an_ordinary_user_has_only_own_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    with pytest.raises(PermissionError):
        mailfork.drop(place(), params())
