"""ACL: limits; the rest is in mailbox-acl.txt and tests of proto.imap.rights."""

import pytest

from pymaster.dialog.imapd.cmd import acl
from tests.unit.dialog.imapd.lab import Lab


def sharing() -> Lab:
    lab = Lab()
    lab.account.shared = "shared."
    return lab


@pytest.mark.parametrize("change", [b"user lra", b"user -x", b"-user l", b"-owner +w", b'user ""'])
def test_owner_keeps_all_rights(change: bytes) -> None:
    lab = Lab()
    assert lab.say(b"SETACL INBOX %s" % change, b"MYRIGHTS INBOX", select="") == [
        b"a NO [CANNOT] The owner keeps all rights.",
        b'* MYRIGHTS "INBOX" lrwstipekxacd',
        b"a OK Myrights completed.",
    ]


def test_negative_rights_are_for_others() -> None:
    lab = sharing()
    lines = lab.say(b"SETACL INBOX -anyone wd", b"SETACL INBOX user +lr", b"MYRIGHTS INBOX", b"GETACL INBOX", select="")
    assert lines[2] == b'* MYRIGHTS "INBOX" lrwstipekxacd'
    assert lines[4] == b'* ACL "INBOX" user lrwstipekxacd -anyone wtexd'


def test_too_many_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acl, "MAX_ENTRIES", 2)
    lab = sharing()
    lines = lab.say(b"SETACL INBOX a l", b"SETACL INBOX b l", b"SETACL INBOX a r", select="")
    assert lines == [b"a OK Setacl complete.", b"a NO [LIMIT] Too many entries", b"a OK Setacl complete."]


def test_odd_identifiers() -> None:
    lab = sharing()
    name = "jürgen".encode()
    lab.talk([b"a SETACL INBOX {%d+}\r\n%s l\r\n" % (len(name), name)])
    assert lab.account.acl("INBOX")["jürgen"] == "l"
    out = lab.talk([b"a SETACL INBOX {2+}\r\n\r\n l\r\n"])
    assert out == b"a BAD Invalid identifier\r\n"
