"""ESEARCH over several mailboxes: the dialog is golden; here are its source list and its manners."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.dialog.imapd.cmd.esearch import read_source
from pymaster.proto.imap.cursor import BadSyntax, Cursor
from tests.unit.dialog.imapd.lab import Lab


def test_source() -> None:
    found = read_source(Cursor([b'(selected subtree "a b" Mailboxes (x y) subtree-one "")'], []))
    assert found == [
        (b"SELECTED", []), (b"SUBTREE", [b"a b"]), (b"MAILBOXES", [b"x", b"y"]), (b"SUBTREE-ONE", [b""]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", [b"", b"()", b"(x)", b"(mailboxes)", b"(mailboxes ())", b"(personal", b"(personal  inboxes)"]
)
def test_no_source(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        read_source(Cursor([text], []))


def test_source_is_bounded() -> None:
    for text in (b"(%s)" % b" ".join([b"personal"] * 101), b"(mailboxes (%s))" % b" ".join([b"x"] * 1001)):
        with pytest.raises(BadSyntax):
            read_source(Cursor([text], []))


@given(st.binary(max_size=60))
def test_fuzz(text: bytes) -> None:
    with contextlib.suppress(BadSyntax):
        read_source(Cursor([b"(" + text.replace(b"\n", b"")], []))


def test_nothing_is_taken_from_other_sessions() -> None:
    lab = Lab()
    lab.account.create("Other")
    lab.add(box="Other")
    assert len(lab.say(b"ESEARCH IN (personal) RETURN (COUNT) ALL")) == 2
    assert lab.box("Other").recent_count() == 1


def test_every_opened_mailbox_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab()
    closed = []
    for name in ("A", "B", "C"):
        lab.account.create(name)
        lab.add(box=name)
        monkeypatch.setattr(lab.box(name), "close", lambda name=name: closed.append(name))
    lab.box("B").deleted = True
    out = lab.say(b"ESEARCH IN (mailboxes (A B C A)) ALL", select="")
    assert [line.split(b" ")[5] for line in out if b"ESEARCH (" in line] == [b'"A"', b'"C"']
    assert closed == ["A", "B", "C"]


def test_names_that_can_be_no_mailbox() -> None:
    lab = Lab()
    assert lab.say(b'ESEARCH IN (mailboxes ("&bad" INBOX)) ALL', select="") == [b"a OK Search completed."]


def test_updates_and_numbers_are_refused() -> None:
    lab = Lab()
    for line in (
        b"ESEARCH IN (personal) RETURN (UPDATE) ALL", b"ESEARCH IN (personal) 1:*", b"ESEARCH IN (personal) UID $",
        b"ESEARCH", b"ESEARCH IN", b"ESEARCH IN (personal)", b"ESEARCH IN personal ALL",
    ):  # fmt: skip
        assert lab.say(line)[0].startswith(b"a BAD "), line
    assert lab.say(b"ESEARCH IN (personal) CHARSET none ALL")[0].startswith(b"a NO [BADCHARSET")
