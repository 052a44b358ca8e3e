"""Who may submit, look and flush."""

import pwd

from pymaster.config.snapshot import Snapshot
from pymaster.dialog.authorized import FLUSH, SUBMIT, VIEW, AuthorizedUsers
from tests.fakes import open_dicts


def submitters(text: str, param: str = SUBMIT) -> AuthorizedUsers:
    return AuthorizedUsers(Snapshot.from_text(f"{param} = {text}\n"), open_dicts(), param)


def test_allowed() -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    assert submitters("static:anyone").allowed(nobody)
    assert submitters("!nobody, root").allowed(0) and not submitters("root").allowed(nobody)
    assert submitters("nobody").allowed(nobody) and not submitters("nobody").allowed(54321)
    assert submitters("unknown").allowed(54321) and submitters("").allowed(0)


def test_each_list_is_its_own() -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    for param in (VIEW, FLUSH):
        assert submitters("nobody", param).allowed(nobody) and not submitters("root", param).allowed(nobody)
    assert AuthorizedUsers(Snapshot.from_text(f"{VIEW} = root\n"), open_dicts(), FLUSH).allowed(nobody)
