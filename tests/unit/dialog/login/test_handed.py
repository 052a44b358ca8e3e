"""What the login stage is handed: verdicts are failures with a text for the client unless they say otherwise."""

from pymaster.dialog.login.handed import FAIL, About, LoggedIn, Settings, Ticket, Verdict, World
from tests.unit.dialog.login.popauth import Auth


def test_defaults() -> None:
    verdict = Verdict(FAIL)
    assert (verdict.code, verdict.user, verdict.ticket) == ("AUTHENTICATIONFAILED", "", Ticket())
    assert not Settings().plaintext
    assert not About("pop3").secured
    assert LoggedIn("u", Ticket(), "PLAIN").rest == b""


def test_two_verdicts_share_no_ticket() -> None:
    assert Verdict(FAIL).ticket is not Verdict(FAIL).ticket
    assert World(Settings(), Auth()).stamp() == b""
