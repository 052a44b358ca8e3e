"""The golden dialogs about mailboxes against the stores on disk: the same answers as from the model."""

import re
from pathlib import Path

import pytest

from pymaster.store.mailbox.memory import MemoryAccount
from tests.mailboxes import maildir_account, mbox_account
from tests.unit.dialog.imapd.lab import GOLDEN, Lab, Script
from tests.unit.dialog.imapd.test_golden_stores import answers, on_disk

_size = re.compile(rb"(?<=SIZE )[0-9]+|(?<=DELETED-STORAGE )[0-9]+")

# Modseqs and UIDVALIDITYs in answers are a store's own, hence neither mailbox-notify nor mailbox-status.
DIALOGS = [
    "acl",
    "create",
    "list-basic",
    "list-recursive",
    "list-rfc5258",
    "list-status",
    "metadata",
    "names",
    "namespace",
]


@pytest.mark.parametrize("name", DIALOGS)
def test_the_same_in_maildir(name: str, tmp_path: Path) -> None:
    script = Script(GOLDEN / f"mailbox-{name}.txt")
    assert answers(script, on_disk(script, maildir_account(tmp_path))) == answers(script, script.lab())


@pytest.mark.parametrize("name", ["acl", "list-status", "metadata", "names", "namespace"])
def test_the_same_in_mbox(name: str, tmp_path: Path) -> None:
    """Where slashes separate levels, and a message ends with an empty line that counts."""
    script = Script(GOLDEN / f"mailbox-{name}.txt")
    script.groups = [each.replace(b".", b"/") if isinstance(each, bytes) else each for each in script.groups]
    script.boxes = [(box.replace(".", "/"), special) for box, special in script.boxes]
    model = answers(script, on_disk(script, MemoryAccount(separator="/")))
    told = answers(script, on_disk(script, mbox_account(tmp_path)))
    assert [_size.sub(b"n", line.replace(b"\\NoInferiors", b"\\HasNoChildren")) for line in told] == [
        _size.sub(b"n", line) for line in model
    ]


def test_a_file_of_an_mbox_tree_has_no_inferiors(tmp_path: Path) -> None:
    account = mbox_account(tmp_path)
    account.create("a/b")
    assert Lab(account=account).say(b'LIST "" *', b"CREATE a/b/c", select="") == [
        b'* LIST (\\HasNoChildren) "/" "INBOX"',
        b'* LIST (\\Noselect \\HasChildren) "/" "a"',
        b'* LIST (\\NoInferiors) "/" "a/b"',
        b"a OK List completed.",
        b"a NO [CANNOT] A mailbox that holds messages can't have children",
    ]
