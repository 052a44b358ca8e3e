"""ACL: limits; the rest is in mailbox-acl.txt and tests of proto.imap.rights."""

import pytest

from pymaster.dialog.imapd.cmd import acl
from tests.unit.dialog.imapd.lab import Lab


@pytest.mark.parametrize("who", [b"-user", b"-owner", b"-anyone", b"-authenticated"])
def test_owner_is_not_locked_out(who: bytes) -> None:
    lab = Lab()
    assert lab.say(b"SETACL INBOX %s +l" % who, select="") == [b"a NO [CANNOT] The owner keeps the rights l and a."]
    assert lab.say(b"SETACL INBOX %s +w" % who, select="") == [b"a OK Setacl complete."]


def test_too_many_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acl, "MAX_ENTRIES", 2)
    lab = Lab()
    lines = lab.say(b"SETACL INBOX a l", b"SETACL INBOX b l", b"SETACL INBOX a r", select="")
    assert lines == [b"a OK Setacl complete.", b"a NO [LIMIT] Too many entries", b"a OK Setacl complete."]


def test_odd_identifiers() -> None:
    lab = Lab()
    name = "jürgen".encode()
    lab.talk([b"a SETACL INBOX {%d+}\r\n%s l\r\n" % (len(name), name)])
    assert lab.account.acl("INBOX")["jürgen"] == "l"
    out = lab.talk([b"a SETACL INBOX {2+}\r\n\r\n l\r\n"])
    assert out == b"a BAD Invalid identifier\r\n"


def test_negative_rights_are_told_in_myrights() -> None:
    lab = Lab()
    lines = lab.say(b"SETACL INBOX -anyone wd", b"MYRIGHTS INBOX", select="")
    assert lines[1] == b'* MYRIGHTS "INBOX" lrsipkac'
