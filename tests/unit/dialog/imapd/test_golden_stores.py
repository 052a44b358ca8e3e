"""Golden dialogs against the stores on disk: the same answers as from the model, but for numbers that a store chooses."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mailboxes import maildir_account, mbox_account
from tests.unit.dialog.imapd.lab import GOLDEN, Lab, Piece, Script

# Those that name a UIDVALIDITY or modseqs in commands, or set a quota of the model, can only be run on the model.
DIALOGS = [
    "append", "append-binary", "append-multi", "copy", "elsewhere", "expunge", "fetch-basic", "fetch-binary", "fetch-items",
    "fetch-sections", "idle", "move", "replace", "rev2", "rfc3501", "rfc3501-6", "store",
]  # fmt: skip
# An mbox ends each message with a line end, and has another separator.
NOT_MBOX = {"append", "rev2"}
CHOSEN = [
    (re.compile(rb"(APPENDUID|COPYUID|UIDVALIDITY) [0-9]+"), rb"\1 V"),
    (re.compile(rb"MODSEQ \(?[0-9]+\)?"), rb"MODSEQ M"),
    (re.compile(rb'(SAVEDATE|INTERNALDATE) "[^"]*"'), rb"\1 D"),
    (re.compile(rb"MAILBOXID \([^)]*\)"), rb"MAILBOXID"),
]


def answers(script: Script, lab: Lab) -> list[bytes]:
    pieces: list[Piece] = []
    for group in script.groups:
        pieces.append(group if isinstance(group, bytes) else lambda command=group[0]: lab.other(command))
    output = lab.talk(pieces)
    for pattern, by in CHOSEN:
        output = pattern.sub(by, output)
    return output.split(b"\r\n")


def on_disk(script: Script, account: Any) -> Lab:
    lab = Lab(script.lab().world.settings, account)
    account.shared = script.shared
    for name, special in script.boxes:
        account.create(name, special)
    for box, flags, date, body in script.messages:
        lab.add(body, box, flags, date)
        account.open(box).close()
    return lab


@pytest.mark.parametrize("make", [maildir_account, mbox_account])
@pytest.mark.parametrize("name", DIALOGS)
def test_the_same_on_disk(name: str, make: Callable[[Path], Any], tmp_path: Path) -> None:
    if make is mbox_account and name in NOT_MBOX:
        return
    script = Script(GOLDEN / f"{name}.txt")
    assert answers(script, on_disk(script, make(tmp_path))) == answers(script, script.lab())
