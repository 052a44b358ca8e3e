"""Whose mailbox a name is."""

from pymaster.dialog.imapd import foreign
from pymaster.proto.imap.rights import ALL
from tests.unit.dialog.imapd.lab import Lab


def test_without_sharing_all_is_ones_own() -> None:
    session, _ = Lab().session([])
    for name in ("INBOX", "shared", "shared.ann.INBOX"):
        assert not foreign.is_foreign(session, name)
        assert foreign.owner(session, name) == "user" and foreign.rights(session, name) == ALL
    assert foreign.open_for(session, "INBOX", "i").name == "INBOX"


def test_others_are_below_the_prefix() -> None:
    lab = Lab()
    lab.account.shared = "shared."
    session, _ = lab.session([])
    names = ("shared", "shared.ann", "shared.ann.INBOX", "sharedx", "Shared", "x.shared")
    assert [foreign.is_foreign(session, name) for name in names] == [True, True, True, False, False, False]
