"""What SEARCH, SORT and THREAD share."""

import pytest

from pymaster.dialog.imapd import criteria
from pymaster.dialog.imapd.selected import Selected
from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.message.digest import MESSAGE_ID
from pymaster.store.mailbox.contract import MailboxError
from tests.unit.dialog.imapd.lab import Lab


def test_an_unknown_charset_is_refused_after_syntax() -> None:
    session, _ = Lab().session([])
    with pytest.raises(MailboxError) as raised:
        criteria.read_program(session, Cursor([b'SUBJECT "\xff"'], []), b"x-none")
    assert raised.value.code.startswith("BADCHARSET (US-ASCII UTF-8 ")
    with pytest.raises(BadSyntax):
        criteria.read_program(session, Cursor([b"BOGUS"], []), b"x-none")


def test_with_utf8_accept_there_is_no_other_charset() -> None:
    session, _ = Lab().session([])
    session.enabled.add(b"UTF8=ACCEPT")
    criteria.read_program(session, Cursor([b"ALL"], []), b"utf-8")
    with pytest.raises(BadSyntax):
        criteria.read_program(session, Cursor([b"ALL"], []), b"koi8-r")


def test_a_modseq_key_enables_condstore() -> None:
    session, _ = Lab().session([])
    criteria.read_program(session, Cursor([b"SEEN"], []), b"utf-8")
    assert not session.condstore
    criteria.read_program(session, Cursor([b"NOT MODSEQ 4"], []), b"utf-8")
    assert session.condstore


def test_gather_leaves_out_what_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(criteria, "SLICE", 2)
    lab = Lab()
    for n in range(5):
        lab.add(b"Message-ID: <%d@x>\r\n\r\n" % n)
    view = lab.box().state
    lab.box().remove([3])
    session, _ = lab.session([])
    found = criteria.gather(session, lab.box(), view, [0, 2, 3, 4], lambda row, digest: digest[MESSAGE_ID])
    assert found == {0: b"0@x", 3: b"3@x", 4: b"4@x"}


def test_highest() -> None:
    lab = Lab()
    for _ in range(3):
        lab.add()
    view = Selected(lab.box(), False).view
    assert criteria.highest(view, [0, 2]) == view.modseqs[2]
    assert criteria.highest(view, []) == 0
