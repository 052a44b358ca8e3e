"""Who may submit."""

import pwd

from pymaster.config.snapshot import Snapshot
from pymaster.dialog.submitters import Submitters
from tests.fakes import open_dicts


def submitters(text: str) -> Submitters:
    return Submitters(Snapshot.from_text(f"authorized_submit_users = {text}\n"), open_dicts())


def test_allowed() -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    assert submitters("static:anyone").allowed(nobody)
    assert submitters("!nobody, root").allowed(0) and not submitters("root").allowed(nobody)
    assert submitters("nobody").allowed(nobody) and not submitters("nobody").allowed(54321)
    assert submitters("unknown").allowed(54321) and submitters("").allowed(0)
