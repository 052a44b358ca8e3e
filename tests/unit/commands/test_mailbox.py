"""Administration of a user's mail, on real stores: a Maildir and mbox files, as root and as anybody."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any

import pytest

from pymaster.commands.mailbox import flag_list
from pymaster.util.errors import Fatal
from tests.unit.commands.mailowned import Owned, maildir, owned

__all__ = ["maildir", "owned"]

MBOX = (
    b"From alice@example.org Mon Jan  5 10:00:00 2026\nFrom: Alice <alice@example.org>\nSubject: hello world\n"
    b"Status: RO\nX-Status: F\n\nfirst\n>From here\n\n"
    b"From carol@example.org Tue Jan  6 11:00:00 2026\nFrom: Carol <carol@example.org>\nSubject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\n"
    b"\nsecond\n\n"
)


def as_json(owned: Owned, capfd: pytest.CaptureFixture[str], *words: str) -> Any:
    capfd.readouterr()
    status = owned.call(*words, "--json")
    out = capfd.readouterr()
    assert out.err == ""
    assert status in (0, 1)
    return json.loads(out.out)


def filled(owned: Owned, capfd: pytest.CaptureFixture[str]) -> None:
    (owned.root / "old.mbox").write_bytes(MBOX)
    assert owned.call("import", "bob", str(owned.root / "old.mbox")) == 0
    assert capfd.readouterr().out == "INBOX: 2 messages imported\n"


def test_names(owned: Owned, capfd: pytest.CaptureFixture[str]) -> None:
    assert owned.call("mailbox", "create", "bob", "Archive", "Grüße") == 0
    assert owned.call("mailbox", "rename", "bob", "Archive", "Old") == 0
    rows = as_json(owned, capfd, "mailbox", "list", "bob")
    names = {row["name"]: row for row in rows}
    assert {"INBOX", "Old", "Grüße", "Sent", "Trash"} <= set(names)
    assert names["Old"]["subscribed"] and "Archive" not in names
    assert names["Sent"]["special"] == ["\\Sent"]
    assert owned.call("mailbox", "unsubscribe", "bob", "Old") == 0
    assert owned.call("mailbox", "delete", "bob", "Old") == 0
    assert "Old" not in {row["name"] for row in as_json(owned, capfd, "mailbox", "list", "bob")}
    assert owned.call("mailbox", "list", "bob", "INBOX") == 0
    assert capfd.readouterr().out.split("\n")[0].split() == ["NAME", "SELECTABLE", "CHILDREN", "SUBSCRIBED", "SPECIAL"]


def test_import_status_and_search(owned: Owned, capfd: pytest.CaptureFixture[str]) -> None:
    filled(owned, capfd)
    (row,) = as_json(owned, capfd, "mailbox", "status", "bob", "INBOX")
    assert (row["mailbox"], row["messages"], row["unseen"]) == ("INBOX", 2, 1)
    found = as_json(owned, capfd, "search", "bob", "ALL")
    assert [(row["uid"], row["from"], row["subject"]) for row in found] == [
        (1, "Alice <alice@example.org>", "hello world"), (2, "Carol <carol@example.org>", "grüße"),
    ]  # fmt: skip
    assert set(found[0]["flags"]) >= {"\\Seen", "\\Flagged"}
    assert [row["uid"] for row in as_json(owned, capfd, "search", "bob", "SUBJECT", "hello world")] == [1]
    assert [row["uid"] for row in as_json(owned, capfd, "search", "bob", 'SUBJECT "hello world" FLAGGED')] == [1]
    assert [row["uid"] for row in as_json(owned, capfd, "search", "bob", "SUBJECT", "GRÜ")] == [2]
    assert [row["uid"] for row in as_json(owned, capfd, "search", "bob", "SUBJECT", "grüße")] == [2]
    assert [row["uid"] for row in as_json(owned, capfd, "search", "bob", "SINCE", "6-Jan-2026")] == [2]
    assert as_json(owned, capfd, "search", "bob", "--mailbox", "Sent", "ALL") == []


def test_a_table_for_people(owned: Owned, capfd: pytest.CaptureFixture[str]) -> None:
    filled(owned, capfd)
    assert owned.call("search", "bob", "FROM", "alice") == 0
    head, line, _ = capfd.readouterr().out.split("\n")
    assert head.split() == ["MAILBOX", "UID", "DATE", "SIZE", "FLAGS", "FROM", "SUBJECT"]
    assert line.startswith("INBOX    1")
    assert line.endswith("hello world")
    assert owned.call("search", "bob", "FROM", "nobody") == 1


def test_a_query_that_is_none(owned: Owned, capfd: pytest.CaptureFixture[str]) -> None:
    assert owned.call("search", "bob", "--mailbox", "INBOX", "BOGUS") == 1
    assert "INBOX:" in capfd.readouterr().err
    assert owned.call("search", "bob", "--mailbox", "Nowhere", "ALL") == 1
    assert "Mailbox doesn't exist" in capfd.readouterr().err


def test_fetch(owned: Owned, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (owned.root / "old.mbox").write_bytes(MBOX)
    owned.call("import", "bob", str(owned.root / "old.mbox"))
    capfdbinary.readouterr()
    assert owned.call("fetch", "bob", "INBOX", "1") == 0
    text = capfdbinary.readouterr().out
    assert text == b"From: Alice <alice@example.org>\nSubject: hello world\n\nfirst\nFrom here\n"
    assert owned.call("fetch", "bob", "INBOX", "1:*", "--headers") == 0
    assert capfdbinary.readouterr().out.count(b"Subject:") == 2
    assert owned.call("fetch", "bob", "INBOX", "7") == 1
    assert owned.call("fetch", "bob", "INBOX", "x") == 1
    assert b"not a set of UIDs" in capfdbinary.readouterr().err
    assert owned.call("fetch", "bob", "INBOX", "2", "--json") == 0
    (row,) = json.loads(capfdbinary.readouterr().out)
    assert row["text"].endswith("\r\n\r\nsecond\r\n")


def test_export_and_import_again(owned: Owned, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (owned.root / "old.mbox").write_bytes(MBOX)
    owned.call("import", "bob", str(owned.root / "old.mbox"))
    capfdbinary.readouterr()
    assert owned.call("fetch", "bob", "INBOX", "1:*", "--mbox") == 0
    (owned.root / "new.mbox").write_bytes(capfdbinary.readouterr().out)
    assert owned.call("import", "bob", str(owned.root / "new.mbox"), "Copy") == 0
    assert capfdbinary.readouterr().out == b"Copy: 2 messages imported\n"
    owned.call("fetch", "bob", "INBOX", "1:*")
    first = capfdbinary.readouterr().out
    owned.call("fetch", "bob", "Copy", "1:*")
    assert capfdbinary.readouterr().out == first


def test_flags_and_expunge(owned: Owned, capfd: pytest.CaptureFixture[str]) -> None:
    filled(owned, capfd)
    assert owned.call("flags", "bob", "INBOX", "1:2", "--add", "\\Deleted,$Junk", "--remove", "\\Flagged") == 0
    assert capfd.readouterr().out == "2 messages\n"
    found = as_json(owned, capfd, "search", "bob", "--mailbox", "INBOX", "DELETED", "KEYWORD", "$Junk", "UNFLAGGED")
    assert [row["uid"] for row in found] == [1, 2]
    assert owned.call("flags", "bob", "INBOX", "2", "--remove", "\\Deleted") == 0
    assert capfd.readouterr().out == "1 message\n"
    assert owned.call("expunge", "bob", "INBOX") == 0
    assert capfd.readouterr().out == "1 message removed\n"
    assert owned.call("expunge", "bob", "INBOX", "1:*") == 0
    assert capfd.readouterr().out == "1 message removed\n"
    assert as_json(owned, capfd, "mailbox", "status", "bob", "INBOX")[0]["messages"] == 0


def test_copy_and_move(owned: Owned, capfd: pytest.CaptureFixture[str]) -> None:
    filled(owned, capfd)
    assert owned.call("copy", "bob", "INBOX", "1", "Sent") == 0
    assert owned.call("move", "bob", "INBOX", "2", "Sent") == 0
    assert capfd.readouterr().out == "1 message copied\n1 message moved\n"
    rows = {row["mailbox"]: row["messages"] for row in as_json(owned, capfd, "mailbox", "status", "bob")}
    assert (rows["INBOX"], rows["Sent"]) == (1, 2)
    assert owned.call("move", "bob", "INBOX", "1", "Nowhere") == 1
    assert "Mailbox doesn't exist" in capfd.readouterr().err


def test_flags_that_are_none() -> None:
    assert flag_list("\\Seen,,$Junk") == [b"\\Seen", b"$Junk"]
    for text in ("\\Recent", "a b", "x)", "é", "\\"):
        with pytest.raises(Fatal):
            flag_list(text)


def test_resync_keeps_uids_and_flags(owned: Owned, capfd: pytest.CaptureFixture[str]) -> None:
    filled(owned, capfd)
    before = as_json(owned, capfd, "search", "bob", "ALL")
    validity = as_json(owned, capfd, "mailbox", "status", "bob", "INBOX")[0]["uidvalidity"]
    assert owned.call("resync", "bob", "INBOX") == 0
    assert capfd.readouterr().out == "INBOX: 2 messages\n"
    assert as_json(owned, capfd, "search", "bob", "ALL") == before
    assert as_json(owned, capfd, "mailbox", "status", "bob", "INBOX")[0]["uidvalidity"] == validity
    assert owned.call("resync", "bob") == 0


def test_quota(owned: Owned, capfd: pytest.CaptureFixture[str]) -> None:
    filled(owned, capfd)
    storage, messages = as_json(owned, capfd, "quota", "bob")
    assert storage["used"] > 100 and storage["limit"] == 0
    assert messages == {"resource": "messages", "used": 2, "limit": 0}
    assert owned.call("quota", "bob", "--set", "storage=1M:messages=2") == 0
    assert "1048576" in capfd.readouterr().out
    assert owned.call("import", "bob", str(owned.root / "old.mbox")) == 1
    assert "Quota exceeded" in capfd.readouterr().err
    assert owned.call("quota", "bob", "--set", "lots") == 1
    assert owned.call("quota", "bob", "--set", "none") == 0


def test_files_belong_to_the_user(owned: Owned, capfd: pytest.CaptureFixture[str]) -> None:
    filled(owned, capfd)
    owned.call("mailbox", "create", "bob", "New")
    assert {path.lstat().st_uid for path in owned.home.rglob("*")} == {owned.uid}


def test_an_mbox_on_standard_input(maildir: Owned, capfd: pytest.CaptureFixture[str]) -> None:
    path = maildir.root / "in.mbox"
    path.write_bytes(MBOX)
    path.chmod(0o600)
    saved = os.dup(0)
    fd = os.open(path, os.O_RDONLY)
    os.dup2(fd, 0)
    try:
        assert maildir.call("import", "bob", "-", "Old") == 0
    finally:
        os.dup2(saved, 0)
        os.close(fd)
        os.close(saved)
    assert capfd.readouterr().out == "Old: 2 messages imported\n"


@pytest.mark.parametrize(
    "words",
    [
        ("mailbox",), ("mailbox", "list"), ("mailbox", "eat", "bob"), ("mailbox", "create", "bob"), ("search", "bob"),
        ("fetch", "bob", "INBOX"), ("flags", "bob", "INBOX", "1"), ("expunge", "bob"), ("import", "bob"), ("quota",),
        ("mailbox", "rename", "bob", "a"), ("mailbox", "delete", "bob"), ("resync",),
        ("copy", "bob", "INBOX", "1"), ("move", "bob"),
    ],
)  # fmt: skip
def test_usage(maildir: Owned, words: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    assert maildir.call(*words) == 1
    assert "usage: pymaster" in capfd.readouterr().err


def test_nobody_of_that_name(maildir: Owned, capfd: pytest.CaptureFixture[str]) -> None:
    assert maildir.call("mailbox", "list", "eve") == 1
    assert "eve: unknown user" in capfd.readouterr().err


def test_refusals_of_the_store(maildir: Owned, capfd: pytest.CaptureFixture[str]) -> None:
    assert maildir.call("mailbox", "delete", "bob", "INBOX") == 1
    assert maildir.call("mailbox", "create", "bob", "../x") == 1
    assert maildir.call("mailbox", "status", "bob", "Nowhere") == 1
    err = capfd.readouterr().err
    assert err.count("bob: ") == 3
    assert isinstance(sys.stdout, io.TextIOBase)
