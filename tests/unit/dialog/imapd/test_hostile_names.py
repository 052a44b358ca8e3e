"""Mailbox names made to leave the user's tree (S-54): every command that has a name, on real folders.

An audit hook sees each path that the interpreter opens, makes, renames or removes.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mailboxes import maildir_account, mbox_account
from tests.unit.dialog.imapd.lab import Lab

NAMES = [
    b'"../x"', b'"/etc"', b'"~root"', b'"a//b"', b'"a/./b"', b'"a/../../b"', b'"."', b'".."', b'"cur"', b'"new"', b'"tmp"', b'".hidden"', b'"..a"',
    b'"../../../../tmp/x"', b'"a/../.."', b'"INBOX/../x"', b'"inbox.."', b'"INBOX/.."', b"&AC8-etc", b"&AC4ALg-", b'"&U,BTFw-/../x"', b'"a\\\\b"', b'"\\\\2e\\\\2e"',
    b'"a' + b"/b" * 300 + b'"', b'"a' + b".b" * 300 + b'"', b'"' + b"x" * 1000 + b'"', b'"' + b"x" * 10_000 + b'"', b'" "', b'"dovecot-uidlist"',
    b'"subscriptions"', b'"maildirfolder"', b'".Sent/cur"', b'"a.cur"', b'"-rf"', b'"%s%n"', b"e&AwE-", b"&AOk-",
]  # fmt: skip
COMMANDS = [
    b"CREATE @", b"SUBSCRIBE @", b"SELECT @", b"EXAMINE @", b"STATUS @ (MESSAGES)", b"RENAME real @", b"RENAME @ real2", b"RENAME INBOX @", b"LIST @ *",
    b'LIST "" @', b"LSUB @ *", b"GETACL @", b"SETACL @ fred lr", b"MYRIGHTS @", b"GETQUOTAROOT @", b'SETMETADATA @ (/private/x "y")', b"GETMETADATA @ /private/x",
    b"APPEND @ {3+}\r\nx\r\n", b"NOTIFY SET STATUS (mailboxes @ (MessageNew MessageExpunge)) (subtree @ (MailboxName))", b"UNSUBSCRIBE @", b"DELETE @",
]  # fmt: skip
EVENTS = {
    "open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.listdir", "os.scandir", "os.link", "os.symlink", "os.utime", "os.truncate",
    "os.chmod", "os.chown", "shutil.rmtree",
}  # fmt: skip
_seen: list[str] = []
_on: list[bool] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _on and event in EVENTS:
        _seen.extend([os.fsdecode(each) for each in arguments[:2] if isinstance(each, str | bytes)])


@pytest.mark.parametrize("make", [maildir_account, mbox_account])
def test_nothing_outside_is_ever_opened(make: Callable[[Path], Any], tmp_path: Path) -> None:
    inside = tmp_path / "home"
    inside.mkdir()
    account = make(inside)
    lab = Lab(account=account)
    account.create("real")
    # What is imported or made at first use is not watched.
    run(lab, b"ordin&AOQ-r")
    before = sorted(os.listdir(tmp_path))
    sys.addaudithook(_audit)
    _on.append(True)
    try:
        for name in NAMES:
            run(lab, name)
            for path in _seen:
                # Where Dovecot keeps the subscriptions of mbox, seen from the folder of our control files.
                assert ".." not in path.removeprefix("../.subscriptions").split("/"), (name, path)
                assert not path.startswith("/") or path.startswith((str(inside), "/proc/")), (name, path)
            _seen.clear()
    finally:
        _on.clear()
    assert sorted(os.listdir(tmp_path)) == before


def run(lab: Lab, name: bytes) -> None:
    """Every command with one name, each of which must be answered."""
    script = b"".join([b"t%d %s\r\n" % (n, each.replace(b"@", name)) for n, each in enumerate(COMMANDS)])
    for utf8 in (b"", b"u ENABLE UTF8=ACCEPT\r\n"):
        out = lab.talk([utf8 + script + b"end NOOP\r\n"])
        assert out.endswith(b"end OK NOOP completed.\r\n"), out
        answers = [line for line in out.split(b"\r\n") if line[:1] == b"t"]
        assert len(answers) == len(COMMANDS)
        assert b"SERVERBUG" not in out
