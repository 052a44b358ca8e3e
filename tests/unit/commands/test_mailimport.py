"""Importing: a Maildir with subfolders, flags and keywords; what is no mail; traps in the source."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pymaster.commands.mailimport import add, folder_name, maildir_items, mbox_items, parts_of, run
from pymaster.store.mailbox.memory import MemoryAccount
from pymaster.util.errors import Fatal


def maildir(root: Path, *names: tuple[str, bytes]) -> Path:
    for part in ("cur", "new", "tmp"):
        (root / part).mkdir(parents=True)
    for name, text in names:
        (root / name).write_bytes(text)
        os.utime(root / name, (1_600_000_000, 1_600_000_000))
    return root


def flags(account: MemoryAccount, name: str) -> list[bytes]:
    box = account.open(name)
    return [box.flags.text[number] for number in box.state.flags]


def test_a_maildir(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    root = maildir(
        tmp_path / "m", ("cur/200.b:2,SFa", b"Subject: second\n\nx\n"), ("cur/100.a:2,", b"Subject: first\n\nx\n"),
        ("new/300.c", b"Subject: third\n\nx\n"), ("cur/.hidden", b"no mail"), ("tmp/400.d", b"not yet"),
    )  # fmt: skip
    (root / "dovecot-keywords").write_text("0 $Junk\n")
    maildir(root / ".Sent", ("cur/1.a:2,S", b"Subject: sent\n\n"))
    maildir(root / ".Lists.&APw-", ("new/1.a", b"Subject: umlaut\n\n"))
    (root / ".nothing").mkdir()
    account = MemoryAccount(separator="/")
    account.create("Sent")
    assert run(account, str(root), "INBOX") == 0
    box = account.open("INBOX")
    assert [box.bodies[uid].partition(b"\r\n")[0] for uid in box.state.uids] == [
        b"Subject: first", b"Subject: second", b"Subject: third",
    ]  # fmt: skip
    assert flags(account, "INBOX") == [b"", b"\\Flagged \\Seen $Junk", b""]
    assert list(box.state.dates) == [1_600_000_000] * 3
    assert flags(account, "Sent") == [b"\\Seen"]
    assert len(account.open("Lists/ü").state) == 1
    assert "Lists/ü" in account.subscribed
    assert (
        capfd.readouterr().out == "INBOX: 3 messages imported\nLists/ü: 1 message imported\nSent: 1 message imported\n"
    )
    assert (root / "new" / "300.c").exists()


def test_below_another_mailbox() -> None:
    account = MemoryAccount(separator="/")
    assert folder_name(account, "", "Old") == "Old"
    assert folder_name(account, ".A.B", "Old") == "Old/A/B"
    assert folder_name(account, ".A.B", "INBOX") == "A/B"
    assert folder_name(account, ".A&", "INBOX") == "A&"


def test_links_and_devices_are_no_mail(tmp_path: Path) -> None:
    root = maildir(tmp_path / "m", ("cur/1.a:2,", b"ok\n"))
    (tmp_path / "secret").write_bytes(b"secret")
    (root / "cur" / "2.b:2,").symlink_to(tmp_path / "secret")
    os.mkfifo(root / "cur" / "3.c:2,")
    with pytest.raises(OSError):
        list(maildir_items(str(root)))
    (root / "cur" / "2.b:2,").unlink()
    assert [item.text for item in maildir_items(str(root))] == [b"ok\n"]


def test_an_mbox(tmp_path: Path) -> None:
    path = tmp_path / "mbox"
    path.write_bytes(
        b"From a@b Mon Jan  5 10:00:00 2026\nX-IMAP: 1 2\nSubject: DON'T DELETE -- FOLDER INTERNAL DATA\n\nx\n\n"
        b"From a@b Mon Jan  5 10:00:00 2026\nSubject: x\nStatus: R\n\n>From y\n\n"
    )
    fd = os.open(path, os.O_RDONLY)
    (item,) = mbox_items(fd, path.stat().st_size)
    os.close(fd)
    assert item.text == b"Subject: x\n\nFrom y\n"
    assert item.flags == {b"\\Seen"}
    assert item.date is not None


def test_what_is_no_mail(tmp_path: Path) -> None:
    account = MemoryAccount()
    (tmp_path / "text").write_bytes(b"hello\n")
    with pytest.raises(Fatal, match="not an mbox"):
        run(account, str(tmp_path / "text"), "INBOX")
    (tmp_path / "empty").mkdir()
    with pytest.raises(Fatal, match="no mail there"):
        run(account, str(tmp_path / "empty"), "INBOX")
    with pytest.raises(Fatal, match="neither"):
        parts_of(account, "/dev/null", "INBOX")
    with pytest.raises(OSError):
        run(account, str(tmp_path / "nowhere"), "INBOX")


def test_many_messages_in_batches(tmp_path: Path) -> None:
    account = MemoryAccount()
    path = tmp_path / "mbox"
    path.write_bytes(b"From a@b Mon Jan  5 10:00:00 2026\nSubject: x\n\nbody\n\n" * 450)
    fd = os.open(path, os.O_RDONLY)
    calls: list[int] = []
    box = account.open("INBOX")
    append = box.append

    def counted(drafts: list[object]) -> list[int]:
        calls.append(len(drafts))
        return append(drafts)  # type: ignore[arg-type]

    box.append = counted  # type: ignore[method-assign,assignment]
    assert add(account, "INBOX", 0, mbox_items(fd, path.stat().st_size)) == 450
    os.close(fd)
    assert calls == [200, 200, 50]


def test_what_is_broken_off_leaves_no_drafts() -> None:
    account = MemoryAccount()
    abandoned: list[int] = []
    box = account.open("INBOX")
    draft = box.draft

    def spied(date: int | None = None) -> object:
        made = draft(date)
        made.abandon = lambda: abandoned.append(1)  # type: ignore[method-assign,assignment]
        return made

    box.draft = spied  # type: ignore[method-assign,assignment]

    def items() -> object:
        from pymaster.commands.mailimport import Item

        yield Item(b"a\n", frozenset(), None)
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError):
        add(account, "INBOX", 2, items())  # type: ignore[arg-type]
    assert abandoned == [1]
    assert len(box.state) == 0
