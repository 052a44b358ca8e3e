"""The golden dialogs about mailboxes against the stores on disk: the same answers as from the model."""

from pathlib import Path

import pytest

from pymaster.store.mailbox.memory import MemoryAccount
from tests.mailboxes import maildir_account, mbox_account
from tests.unit.dialog.imapd.lab import GOLDEN, Script
from tests.unit.dialog.imapd.test_golden_stores import answers, counted, on_disk

__all__ = ["counted"]

# Modseqs and UIDVALIDITYs in answers are a store's own, hence neither mailbox-notify nor mailbox-status.
DIALOGS = ["acl", "create", "list-basic", "list-recursive", "list-rfc5258", "list-status", "metadata", "names", "namespace"]


@pytest.mark.parametrize("name", DIALOGS)
def test_the_same_in_maildir(name: str, tmp_path: Path) -> None:
    script = Script(GOLDEN / f"mailbox-{name}.txt")
    assert answers(script, on_disk(script, maildir_account(tmp_path))) == answers(script, script.lab())


@pytest.mark.parametrize("name", DIALOGS)
def test_the_same_in_mbox(name: str, tmp_path: Path) -> None:
    """Where slashes separate levels, and a message ends with an empty line that counts."""
    script = Script(GOLDEN / f"mailbox-{name}.txt")
    script.groups = [each.replace(b".", b"/") if isinstance(each, bytes) else each for each in script.groups]
    script.boxes = [(box.replace(".", "/"), special) for box, special in script.boxes]
    model = on_disk(script, MemoryAccount(separator="/"))
    assert answers(script, on_disk(script, mbox_account(tmp_path))) == answers(script, model)
