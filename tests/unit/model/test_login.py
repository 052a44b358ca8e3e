from pymaster.dialog.login import handed
from pymaster.model import login
from pymaster.model.login import Ticket, Verdict


def test_a_failure_says_nothing_by_itself() -> None:
    verdict = Verdict(login.FAIL)
    assert (verdict.code, verdict.user, verdict.ticket) == ("AUTHENTICATIONFAILED", "", Ticket())


def test_the_login_stages_find_it_where_they_look() -> None:
    assert handed.Verdict is login.Verdict and handed.About is login.About
