"""Queries of a command line as search programs, sets of UIDs, what is told of a message; on the memory store."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.commands.mailfind import about, chosen, ended, fetch, print_found, query_of, search
from pymaster.store.mailbox.memory import MemoryAccount
from pymaster.util.errors import Fatal


def account_with(*texts: bytes) -> MemoryAccount:
    account = MemoryAccount("bob")
    for text in texts:
        draft = account.open("INBOX").draft(1_700_000_000)
        draft.write(text)
        draft.finish()
        account.open("INBOX").append([(draft, [b"\\Seen"])])
    return account


def test_queries() -> None:
    assert query_of(["SUBJECT", "hello"]) == b"SUBJECT hello"
    assert query_of(["SUBJECT", "hello world"]) == b"SUBJECT {11+}\r\nhello world"
    assert query_of(["SUBJECT", "grüße"]) == b"SUBJECT {7+}\r\n" + "grüße".encode()
    assert query_of(["(OR", "SEEN", "UID", "1:*)"]) == b"(OR SEEN UID 1:*)"
    assert query_of(['SUBJECT "a \\"b\\" c" SEEN']) == b'SUBJECT {7+}\r\na "b" c SEEN'
    assert query_of(["ALL"]) == b"ALL"
    assert query_of(["BODY", ""]) == b"BODY {0+}\r\n"
    with pytest.raises(Fatal):
        query_of(["SUBJECT", "a\0b"])


def test_search() -> None:
    account = account_with(b"Subject: one\r\n\r\nx\r\n", b"Subject: two words\r\n\r\ny\r\n")
    account.create("Grüße & Co")
    assert search(account, "INBOX", query_of(["SUBJECT", "two words"])) == [2]
    assert search(account, "INBOX", b"ALL") == [1, 2]
    assert search(account, "INBOX", b"UNSEEN") == []
    assert search(account, "Grüße & Co", b"ALL") == []
    with pytest.raises(Fatal, match="INBOX: "):
        search(account, "INBOX", b"BOGUS")
    with pytest.raises(Fatal, match="No"):
        search(account, "No such", b"ALL")


@given(st.lists(st.text(max_size=10), min_size=1, max_size=4))
def test_no_word_ends_the_command(words: list[str]) -> None:
    """Whatever the words are, they are one search, or none: never a second command."""
    account = account_with(b"Subject: one\r\n\r\nx\r\n")
    try:
        search(account, "INBOX", query_of(words))
    except Fatal:
        return
    finally:
        assert len(account.open("INBOX").state) == 1


def test_sets_of_uids() -> None:
    account = account_with(*[b"a\r\n"] * 5)
    mailbox = account.open("INBOX")
    mailbox.remove([3])
    assert chosen(mailbox, "1:*") == [1, 2, 4, 5]
    assert chosen(mailbox, "2:3,5,77") == [2, 5]
    assert chosen(mailbox, "*") == [5]
    for text in ("", "x", "0", "$", "é", "1,", "-1"):
        with pytest.raises(Fatal):
            chosen(mailbox, text)
    assert chosen(MemoryAccount().open("INBOX"), "1:5") == []


def test_what_is_told_of_a_message() -> None:
    account = account_with(b"From: a@b\r\nSubject: =?utf-8?q?=C3=BC=1B[31m?=\r\nMessage-Id: <x@y>\r\n\r\nhello\r\n")
    found = about(account.open("INBOX"), 1)
    assert found["subject"] == "ü?[31m"
    assert (found["from"], found["flags"], found["message_id"], found["date"]) == (
        "a@b",
        ["\\Seen"],
        "x@y",
        1_700_000_000,
    )


def test_listing(capfd: pytest.CaptureFixture[str]) -> None:
    account = account_with(b"Subject: one\r\n\r\nx\r\n")
    assert print_found(account, ["INBOX"], b"ALL", as_json=True) == 0
    assert json.loads(capfd.readouterr().out)[0]["uid"] == 1
    assert print_found(account, ["INBOX"], b"UNSEEN", as_json=False) == 1
    assert capfd.readouterr().out.startswith("MAILBOX")


def test_messages_that_went_are_left_out(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    account = account_with(b"a\r\n", b"b\r\n")
    account.open("INBOX").bodies[1] = None  # type: ignore[assignment]
    assert fetch(account, "INBOX", "1:2", {}) == 0
    assert capfdbinary.readouterr().out == b"b\n"


def test_line_ends() -> None:
    assert ended(b"a\r\nb") == b"a\nb\n"
    assert ended(b"a\r\n") == b"a\n"
