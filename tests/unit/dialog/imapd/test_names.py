"""Mailbox names between wire and store."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.dialog.imapd.names import MAX_NAME, decode, encode, string, word
from pymaster.dialog.imapd.session import Session
from pymaster.store.mailbox.contract import MailboxError
from tests.unit.dialog.imapd.lab import Lab


def session(*, utf8: bool = False) -> Session:
    found, _ = Lab().session([])
    if utf8:
        found.enabled.add(b"UTF8=ACCEPT")
    return found


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"INBOX", "INBOX"), (b"inbox", "INBOX"), (b"iNbOx.Foo", "INBOX.Foo"), (b"inboxes", "inboxes"), (b"a.inbox", "a.inbox"),
        (b"Entw&APw-rfe", "Entwürfe"), (b"Foo.", "Foo"), (b"inbox.", "INBOX"), (b"a..", "a."), (b".", "."), (b"", ""), (b"NIL", "NIL"),
        (b"&ATE-nbox", "\u0131nbox"),
    ],
)  # fmt: skip
def test_decode(raw: bytes, name: str) -> None:
    assert decode(session(), raw) == name


@pytest.mark.parametrize(
    "raw", [b"&", b"a&b", b"&AAA-", b"&AAo-x", b"\xc3\xbc", b"a\nb", b"a\x7f", b"&AIU-", b"x" * (MAX_NAME + 1)]
)
def test_refused(raw: bytes) -> None:
    with pytest.raises(MailboxError) as caught:
        decode(session(), raw)
    assert caught.value.code == "CANNOT"


def test_utf8() -> None:
    on = session(utf8=True)
    assert decode(on, "Entwürfe".encode()) == "Entwürfe"
    assert decode(on, b"Entw&APw-rfe") == "Entw&APw-rfe"
    assert encode(on, "Entwürfe") == '"Entwürfe"'.encode()
    assert encode(session(), "Entwürfe") == b'"Entw&APw-rfe"'
    for raw in (b"\xff", b"a\xc0\x80", "a\x85".encode()):
        with pytest.raises(MailboxError):
            decode(on, raw)


def test_rev2_means_utf8() -> None:
    found = session()
    found.enabled.add(b"IMAP4REV2")
    assert decode(found, "ü".encode()) == "ü"


def test_strings() -> None:
    assert string(b"a b") == b'"a b"'
    assert string(b'q"\\') == b'"q\\"\\\\"'
    assert string(b"a\r\nb") == b"{4}\r\na\r\nb"
    assert string(b"") == b'""'
    assert string(b"\0") == b"{1}\r\n\0"


def test_words() -> None:
    assert word(b"a-b@c.test") == b"a-b@c.test"
    for text in (b"two words", b"nil", b"", b"a]", b"(x", "ü".encode()):
        assert word(text) == string(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_names_come_back(name: str) -> None:
    for found in (session(), session(utf8=True)):
        told = encode(found, name)
        if not told.startswith(b'"'):
            continue
        raw = told[1:-1].replace(b'\\"', b'"').replace(b"\\\\", b"\\")
        try:
            back = decode(found, raw)
        except MailboxError:
            assert any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in name)
            continue
        assert back in (name, name.removesuffix("."), "INBOX" + name[5:], "INBOX" + name[5:].removesuffix("."))


@given(st.binary(max_size=30))
def test_any_bytes(raw: bytes) -> None:
    for found in (session(), session(utf8=True)):
        try:
            name = decode(found, raw)
        except MailboxError:
            continue
        encode(found, name)
